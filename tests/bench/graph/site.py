"""The embedded site of the graph bench: a folder that is imported into, appended to, and served by turns."""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from commands.foreign_ids import ForeignIds
from commands.ports import LedgerRow
from events.codec import Keys
from events.envelope import Event
from events.posts import PostDeleted
from infra.local.site import PHOTOLOG
from infra.process.clock import wall_clock
from infra.process.settings import Settings
from infra.secrets.names import name_secret
from infra.secrets.site import site_secrets
from infra.wiring import assembly
from infra.wiring.folder import databases, ports
from schemas.ids import SESSION_PREFIX, AccountId, Millis, PostId, SessionId
from tests.bench.feed.made_up import event_of, published, row_of
from tests.bench.graph.town import Drawn

SOURCE = "import"
UNLIMITED = "1000000"
"""Followees of one account: a real graph may know no limit."""
APPENDED_AT_ONCE, DAY_S = 1_000, 24 * 3600


@dataclass
class GraphSite:
    """Nobody serves the folder while it is imported into or appended to."""

    data: Path
    published: dict[int, tuple[AccountId, Millis]] = field(default_factory=dict)
    """Whose each post is, and when it was published."""
    _ids: ForeignIds | None = None
    _made: int = 0

    @property
    def settings(self) -> Settings:
        return Settings(data=self.data, access_token_s=DAY_S)

    def imports(self, rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Through `photolog import`; its summary."""
        file = self.data.with_name("rows.jsonl")
        with file.open("w") as target:
            target.writelines(json.dumps(row) + "\n" for row in rows)
        environment = {"PHOTOLOG_DATA": str(self.data), "PHOTOLOG_ACCOUNT_FOLLOWEES": UNLIMITED}
        command: list[str | Path] = [PHOTOLOG, "import", "--json", "--source", SOURCE, file]
        done = subprocess.run(command, stdout=subprocess.PIPE, env=os.environ | environment, check=True)
        summary: dict[str, Any] = json.loads(done.stdout)
        return {**summary, "events_per_s": round(summary["events"] / max(summary["seconds"], 0.1))}

    async def know(self) -> None:
        """Which ids the people have here."""
        settings = self.settings
        secrets = site_secrets(settings)
        with databases(settings) as files:
            opened = await ports(settings, secrets, files, "bench")
            self._ids = ForeignIds(SOURCE, await name_secret(opened.vault, secrets))

    def account(self, person: str) -> AccountId:
        if self._ids is None:
            raise RuntimeError("ask know() before")
        return self._ids.account(person)

    def tokens(self, people: Iterable[str]) -> dict[str, str]:
        """An access token for each."""
        issuer = assembly.access_tokens(self.settings, site_secrets(self.settings))
        session = SessionId(f"{SESSION_PREFIX}_0")
        return {person: issuer.issue(self.account(person), session, wall_clock()) for person in people}

    async def publishes(self, posts: Iterable[Drawn]) -> None:
        """Straight into the log, a millisecond apart, from now on."""
        began = wall_clock()
        events: list[tuple[str, int, Event]] = []
        for place, post in enumerate(posts):
            author, at = self.account(post.author), began + place
            self.published[post.number] = author, at
            events.append((f"post/{post_id(post)}", 1, published(author, post_id(post), at)))
        await self._append(events)

    async def deletes(self, posts: Iterable[Drawn]) -> None:
        """The same way."""
        events: list[tuple[str, int, Event]] = []
        for post in posts:
            author, at = self.published[post.number]
            events.append((f"post/{post_id(post)}", 2, PostDeleted(author_id=author, published_at=at, salt=0)))
        await self._append(events)

    async def _append(self, events: list[tuple[str, int, Event]]) -> None:
        settings = self.settings
        with databases(settings) as files:
            opened = await ports(settings, site_secrets(settings), files, "bench")
            subjects = sorted({event.subject for _, _, event in events})
            keys = await opened.write.vault.keys(subjects)
            rows = [self._row(*one, keys) for one in events]
            for start in range(0, len(rows), APPENDED_AT_ONCE):
                await opened.write.log.append(rows[start : start + APPENDED_AT_ONCE])

    def _row(self, stream: str, version: int, event: Event, keys: Keys) -> LedgerRow:
        self._made += 1
        return row_of(event_of(event, stream, self._made, wall_clock(), version), keys)


def post_id(post: Drawn) -> PostId:
    """Of the first moment of the platform's time: no other post has one of them."""
    return PostId(f"po_{post.number:011}")
