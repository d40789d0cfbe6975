"""A log with everything in it that an analyst may meet: two versions of a type, duplicates, dead letters with and
without orders, and a subject whose key is destroyed. Told to an embedded site, as its own processes would."""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from commands.dead_letters import DiscardLetter, HoldLetter, ReplaceLetter
from commands.ports import LedgerRow
from events.accounts import AccountOpened
from events.codec import encode
from events.comments import CommentDeleted, CommentWritten
from events.dead_letters import LetterHeld
from events.envelope import Event, Recorded
from events.follows import Followed, Unfollowed
from events.likes import PostLiked
from events.personal import seal
from events.posts import PostDeleted, PostPublished, UploadCompleted
from infra.process.settings import Settings
from infra.secrets.site import site_secrets
from infra.wiring import assembly
from infra.wiring.folder import databases, ports
from schemas.ids import ALPHABET, AccountId, CommandId, CommentId, EventId, Millis, PostId
from schemas.positions import Position
from tests.integration.handlers import cause, row_of
from tests.integration.runtime.letters import OPERATOR
from tests.unit.samples import COMPLETED, NOON, PUBLISHED

DAY = 24 * 3600 * 1000
ANN, BEN, EVE = AccountId("ac_1000000000A"), AccountId("ac_1000000000B"), AccountId("ac_1000000000E")
POSTS = [PostId(f"po_1000000000{n}") for n in range(3)]
BAD = b"not JSON"


@dataclass
class Story:
    """What was told, in the order of telling, and where it stands first."""

    settings: Settings
    told: list[Recorded[Event]] = field(default_factory=list)
    first: dict[str, Position] = field(default_factory=dict)
    taken: dict[str, Millis] = field(default_factory=dict)
    """When the log took it; of one millisecond, the log's order is that of `first`."""
    repeated: set[str] = field(default_factory=set)
    discarded: str = ""
    replaced: str = ""
    unreadable: str = ""

    @property
    def expected(self) -> dict[str, Recorded[Event]]:
        """What analysts read, by event id; dead letters apart."""
        gone = {self.discarded, self.unreadable}
        return {one.id: one for one in self.told if one.id not in gone}


def settings_of(folder: Path) -> Settings:
    return Settings(data=folder, backend="embedded")


def story() -> list[Recorded[Event]]:
    """Who did what, day by day."""
    return [
        said(0, opened(ANN, "Ann"), f"account/{ANN}", 1),
        said(0, opened(BEN, "Ben"), f"account/{BEN}", 1),
        said(0, opened(EVE, "Eve"), f"account/{EVE}", 1),
        said(0, Followed(follower_id=BEN, followee_id=ANN), f"follow/{BEN}/{ANN}", 1),
        said(1, Followed(follower_id=EVE, followee_id=ANN), f"follow/{EVE}/{ANN}", 1),
        said(1, COMPLETED.model_copy(update={"author_id": ANN}), f"post/{POSTS[0]}", 1),
        said(1, published(ANN, 1, "By the sea"), f"post/{POSTS[0]}", 2, later=5_000),
        said(1, published(EVE, 1, "Secret"), f"post/{POSTS[1]}", 1),
        said(2, published(ANN, 2, "Uphill"), f"post/{POSTS[2]}", 1),
        *(
            said(2, PostLiked(post_id=POSTS[0], account_id=one, author_id=ANN), f"like/{POSTS[0]}/{one}", 1)
            for one in (ANN, BEN, EVE)
        ),
        said(2, comment(BEN, 1), f"comment/{POSTS[0]}/co_1", 1),
        said(2, comment(EVE, 2), f"comment/{POSTS[0]}/co_2", 1),
        said(3, Unfollowed(follower_id=EVE, followee_id=ANN), f"follow/{EVE}/{ANN}", 2),
        said(3, PostDeleted(author_id=ANN, published_at=NOON + 2 * DAY, salt=0), f"post/{POSTS[2]}", 2),
        said(3, uncomment(BEN, 1), f"comment/{POSTS[0]}/co_1", 2),
        said(3, PostLiked(post_id=POSTS[1], account_id=BEN, author_id=EVE), f"like/{POSTS[1]}/{BEN}", 1),
        said(3, comment(BEN, 3), f"comment/{POSTS[0]}/co_3", 1),
        said(3, comment(ANN, 4), f"comment/{POSTS[0]}/co_4", 1),
        said(3, comment(ANN, 5), f"comment/{POSTS[0]}/co_5", 1),
    ]


async def tell(folder: Path) -> Story:
    """Makes the site."""
    told = Story(settings_of(folder))
    secrets = site_secrets(told.settings)
    with databases(told.settings) as files:
        opened = await ports(told.settings, secrets, files, "story")
        handler, log, vault = assembly.handler(opened.write), opened.write.log, opened.write.vault
        keys = {one: await vault.create_key(one) for one in (ANN, BEN, EVE)}
        told.told = story()
        *_, told.discarded, told.replaced, told.unreadable = (one.id for one in told.told)
        broken = {told.discarded, told.replaced, told.unreadable}
        for event in told.told:
            wire = BAD if event.id in broken else _wire(event, keys)
            (told.first[event.id],) = await log.append([_row(event, wire)])
            place = told.first[event.id]
            (entry,) = await log.read(place.topic, place.partition, place.offset, 1)
            told.taken[event.id] = entry.at
        again = [one for one in told.told if one.stream.startswith(("post/", "like/"))]
        told.repeated = {one.id for one in again}
        await log.append([_row(one, _wire(one, keys)) for one in again])
        await _letters(told, handler, keys)
        await vault.destroy_key(EVE)
    return told


async def _letters(told: Story, handler: Any, keys: Mapping[Any, bytes]) -> None:
    by_id: dict[str, Recorded[Event]] = {one.id: one for one in told.told}
    for number, letter in enumerate([told.discarded, told.replaced, told.unreadable]):
        place = told.first[letter]
        held = LetterHeld(
            subscriber="comments",
            letter_id=letter,
            event_id=EventId(letter),
            topic=place.topic,
            partition=place.partition,
            offset=place.offset,
            held=by_id[letter].stream,
            type=by_id[letter].type,
            code="not_json",
            field="",
            wire=None,
        )
        await handler.handle(HoldLetter(OPERATOR, "comments", letter, held, 0), cause(f"cm_held_{number}"))
    wire = base64.b64encode(_wire(by_id[told.replaced], keys)).decode()
    await handler.handle(DiscardLetter(OPERATOR, "comments", told.discarded, "nobody misses it"), cause("cm_discard"))
    await handler.handle(ReplaceLetter(OPERATOR, "comments", told.replaced, "cut off", wire), cause("cm_replace"))


def said(day: int, event: Event, stream: str, version: int, later: int = 0) -> Recorded[Event]:
    """An event of a day; its id follows from what it is about."""
    number = zlib.crc32(f"{stream}#{version}".encode())
    digits = "".join(ALPHABET[number // len(ALPHABET) ** n % len(ALPHABET)] for n in range(5))
    return Recorded(
        id=EventId(f"ev_1{day:05}{digits}"),
        stream=stream,
        version=version,
        at=NOON + day * DAY + later,
        actor=event.subject,
        causation=CommandId(f"cm_1{day:05}{digits}"),
        correlation="cm_1",
        event=event,
    )


def opened(account: AccountId, name: str) -> AccountOpened:
    return AccountOpened(
        account_id=account, username=name, email=f"{name}@example.org", display_name=name, opened_at=NOON
    )


def published(author: AccountId, day: int, caption: str) -> PostPublished:
    return PUBLISHED.model_copy(update={"author_id": author, "published_at": NOON + day * DAY, "caption": caption})


def comment(author: AccountId, number: int) -> CommentWritten:
    return CommentWritten(
        post_id=POSTS[0],
        comment_id=CommentId(f"co_{number}"),
        author_id=author,
        text=f"text {number}",
        written_at=NOON,
        post_author_id=ANN,
        mentions=(),
    )


def uncomment(author: AccountId, number: int) -> CommentDeleted:
    return CommentDeleted(
        post_id=POSTS[0], comment_id=CommentId(f"co_{number}"), author_id=author, written_at=NOON, deleted_as=None
    )


def _row(event: Recorded[Event], wire: bytes) -> LedgerRow:
    """What stands beside the bytes names the version that they have."""
    return replace(row_of(event, wire), type=event.type if wire == BAD else orjson.loads(wire)["type"])


def _wire(event: Recorded[Event], keys: Mapping[Any, bytes]) -> bytes:
    """As it is written today; uploads were completed when version 1 was."""
    wire = encode(event, dict(keys))
    return _as_first_version(wire, keys) if isinstance(event.event, UploadCompleted) else wire


def _as_first_version(wire: bytes, keys: Mapping[Any, bytes]) -> bytes:
    raw = orjson.loads(wire)
    data = {name: value for name, value in raw["data"].items() if name != "caption_tags"}
    data["tags"] = seal(["foehn", "alps"], keys[raw["subject"]], raw["id"], "tags")
    return orjson.dumps({**raw, "type": "post.upload_completed.v1", "schema_version": 1, "data": data})
