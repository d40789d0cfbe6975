"""The site's secret replaced under people who are logged in, on both backends: nobody notices, no name is forked."""

import json
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from infra.local.site import LocalSite
from infra.local.stack.stack import Stack
from tests.callers import caller
from tests.e2e.people import PASSWORD, Person, assert_problem, log_in, refresh
from tests.photolog_here import photolog_beside, settings
from tests.processes import ServerProcess
from tests.sites import running_site

OLD, NEW = secrets.token_hex(32), secrets.token_hex(32)


class Site(Protocol):
    """A site that can be started again with other secrets."""

    @property
    def url(self) -> str: ...

    async def again(self, **secrets: str) -> None:
        """Stops every process and starts it with these alone."""

    async def photolog(self, *arguments: str) -> tuple[int, str]:
        """Exit code and output of the command, beside the running processes."""


@dataclass
class Embedded:
    data: Path
    server: ServerProcess | None = None
    url: str = ""
    environment: Mapping[str, str] | None = None

    async def again(self, **secrets: str) -> None:
        if self.server is not None:
            assert await self.server.stop() == 0
        self.environment = {"PHOTOLOG_DATA": str(self.data), **settings(**secrets)}
        self.server = ServerProcess(self.data, self.environment)
        self.url = self.server.url
        await self.server.start()

    async def photolog(self, *arguments: str) -> tuple[int, str]:
        return await ran(self.environment or {}, *arguments)


@dataclass
class OnCluster:
    site: LocalSite

    @property
    def url(self) -> str:
        return self.site.url

    async def again(self, **secrets: str) -> None:
        assert set((await self.site.stop()).values()) == {0}
        base = {name: value for name, value in self.site.environment.items() if not name.startswith("PHOTOLOG_SECRET")}
        self.site.environment = {**base, **settings(**secrets)}
        await self.site.start()

    async def photolog(self, *arguments: str) -> tuple[int, str]:
        return await ran(self.site.environment, *arguments)


async def ran(environment: Mapping[str, str], *arguments: str) -> tuple[int, str]:
    done = await photolog_beside(environment, *arguments)
    return done.exit_code, done.stdout


@pytest.fixture
async def rotating(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    """A site under OLD."""
    if backend == "cluster":
        stack: Stack = request.getfixturevalue("stack")
        base = {name: value for name, value in stack.environment.items() if name != "PHOTOLOG_SECRET_FILE"}
        async with running_site({**base, "PHOTOLOG_SECRET": OLD}, tmp_path / "site") as site:
            yield OnCluster(site)
        return
    embedded = Embedded(tmp_path / "data")
    try:
        await embedded.again(secret=OLD)
        yield embedded
    finally:
        if embedded.server is not None:
            await embedded.server.clear()


def knows(site: Site, ann: Person, tokens: dict[str, str], cursor: str | None) -> dict[str, str]:
    """Ann is who she was, by every way in; her next tokens."""
    with caller(site.url) as http:
        person = Person(http, ann.id, ann.username, tokens)
        person.position = ann.position
        me = person.get("/me")
        assert me.status_code == 200, me.text
        assert (me.json()["user_id"], me.json()["bio"]) == (ann.id, "under the old secret")
        if cursor is not None:
            assert person.get(f"/users/{ann.id}/feed", cursor=cursor).status_code == 200
        assert log_in(http, ann.username.upper()).status_code == 200
        taken = {"username": ann.username.lower(), "password": PASSWORD, "email": "a@example.org"}
        assert_problem(http.post("/accounts", json=taken), 409, "username_taken")
        refreshed = refresh(http, tokens["refresh_token"])
        assert refreshed.status_code == 200, refreshed.text
        return dict(refreshed.json())


async def test_a_secret_is_replaced_under_people_who_are_logged_in(rotating: Site) -> None:
    with caller(rotating.url) as http:
        ann = Person.signed_up(http, "Rotated")
        for number in range(2):
            ann.publish(caption=f"photo {number}")
        assert ann.ask("PATCH", "/me", json={"bio": "under the old secret"}).status_code == 200
        cursor = ann.get(f"/users/{ann.id}/feed", limit=1).json()["next_cursor"]
        untouched = log_in(http, ann.username).json()
    tokens = ann.tokens
    # On the cluster, where a start takes its time, the first step is left out.
    steps = ((OLD, NEW), (NEW, OLD)) if isinstance(rotating, Embedded) else ((NEW, OLD),)
    for secret, previous in steps:
        await rotating.again(secret=secret, secret_previous=previous)
        tokens = {**knows(rotating, ann, tokens, cursor)}
    code, said = await rotating.photolog("keys", "status", "--json")
    assert code == 1, "there are keys under the old secret"
    code, said = await rotating.photolog("keys", "rotate", "--json")
    done = json.loads(said)
    assert (code, done["emptied"]) == (0, True)
    assert done["rewrapped"] >= 2, "hers, and the usernames'"
    tokens = knows(rotating, ann, tokens, cursor)
    code, said = await rotating.photolog("keys", "status", "--json")
    assert (code, list(json.loads(said)["keys"])) == (0, [json.loads(said)["current"]])
    await rotating.again(secret=NEW)
    knows(rotating, ann, tokens, cursor=None)
    with caller(rotating.url) as http:
        assert refresh(http, untouched["refresh_token"]).status_code == 200, "a token of the old secret is not lost"
