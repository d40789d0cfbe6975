"""Posts with as many events as one likes, put into ledger and log through the ports. For tests and benches."""

from collections.abc import Iterator

from commands.ports import Ledger, Log, Mark, Vault
from commands.post_commands import post_stream
from commands.sealing import Sealing
from events.envelope import Event, Recorded
from events.posts import Picture, PostEdited, PostPublished, PostReserved, ProcessingStarted, UploadCompleted
from infra.process.clock import wall_clock
from schemas.ids import AccountId, CommandId, EventId, PostId
from schemas.positions import Position

AT_ONCE = 20
"""Versions of one insert: CQL servers refuse large batches."""
SAID = {"tags": (), "caption_tags": (), "alt_text": "", "location": None}
PICTURE = Picture(
    published_at=1_700_000_000_000, renditions=(), width=1080, height=810, blurhash="LKO2?U%2Tw=w]~RBVZRi"
)


async def long_post(
    ledger: Ledger,
    log: Log,
    vault: Vault,
    author: AccountId,
    post: PostId,
    events: int,
    picture: Picture = PICTURE,
) -> Position:
    """A published post, edited until it had so many events, all in the log and marked; where the last is. The author
    has a key."""
    sealing, stream, left = Sealing(vault), post_stream(post), list[Recorded[Event]]()
    for version, event in enumerate(_life(author, events, picture), start=1):
        left.append(_recorded(stream, version, author, event))
        if len(left) == AT_ONCE or version == events:
            rows, left = await sealing.sealed(left), []
            if not await ledger.insert(rows):
                raise RuntimeError(f"{stream} is there already")
            places = await log.append(rows)
            await ledger.move_mark(stream, Mark(version, places[-1]))
    return places[-1]


def _life(author: AccountId, events: int, picture: Picture) -> Iterator[Event]:
    upload = {"content_type": "image/jpeg", "upload_key": "uploads/po"}
    said = {"author_id": author, "caption": "", **SAID}
    yield PostReserved(
        **said, **upload, filename="a.jpg", size_bytes=7, checksum_sha256=None, draft=False, in_parts=None
    )
    yield UploadCompleted(**said, **upload)
    yield ProcessingStarted(author_id=author, attempt=1)
    yield PostPublished(**said, **vars(picture), attempt=1, salt=0)
    for number in range(events - 4):
        yield PostEdited(**{**said, "caption": f"edit {number}"}, picture=picture)


def _recorded(stream: str, version: int, author: AccountId, event: Event) -> Recorded[Event]:
    digits = f"{stream[-3:]}{version:08}"
    return Recorded(
        id=EventId(f"ev_{digits}"),
        stream=stream,
        version=version,
        at=wall_clock(),
        actor=author,
        causation=CommandId(f"cm_{digits}"),
        correlation=f"cm_{digits}",
        event=event,
    )
