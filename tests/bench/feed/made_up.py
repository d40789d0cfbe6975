"""Events of the worlds of benches: accounts that were opened, posts with all renditions, as the log would have them."""

from commands.ports import LedgerRow
from events.accounts import AccountOpened
from events.codec import Keys, encode
from events.envelope import Event, Recorded
from events.posts import PostPublished, Rendition
from schemas.ids import AccountId, CommandId, EventId, Millis, PostId, base62

NOON = 1_750_000_000_000
SIZES = (("thumbnail", 150), ("feed", 640), ("full", 1_080))
KINDS = (("jpg", "image/jpeg"), ("webp", "image/webp"))


def event_of(event: Event, stream: str, number: int = 1, at: Millis = NOON, version: int = 1) -> Recorded[Event]:
    """`number`: of which the ids are made; whoever appends it to a log gives each event one of its own."""
    digits = base62(number)
    command = CommandId(f"cm_{digits}")
    return Recorded(EventId(f"ev_{digits}"), stream, version, at, event.subject, command, command, event)


def row_of(one: Recorded[Event], keys: Keys) -> LedgerRow:
    """As it is appended to a log."""
    return LedgerRow(one.stream, one.version, one.id, one.causation, one.type, encode(one, keys))


def opened(account: AccountId) -> AccountOpened:
    name = f"user{int(account[3:])}"
    return AccountOpened(
        account_id=account, username=name, email=f"{name}@example.org", display_name=name.title(), opened_at=NOON
    )


def published(author: AccountId, post: PostId, at: int) -> PostPublished:
    renditions = tuple(
        Rendition(
            name=name,
            path=f"m/{post}/{name}-1_{'0' * 20}.{ending}",
            content_type=kind,
            width=width,
            height=width * 2 // 3,
            size_bytes=50_000,
        )
        for name, width in SIZES
        for ending, kind in KINDS
    )
    return PostPublished(
        author_id=author,
        caption=f"What the light did to the harbour this morning, number {int(post[3:])}",
        tags=("harbour", "morning"),
        caption_tags=(),
        alt_text="Boats at a quay",
        location=None,
        published_at=at,
        salt=0,
        attempt=1,
        renditions=renditions,
        width=1_080,
        height=720,
        blurhash="LEHV6nWB2yk8pyo0adR*.7kCMdnj",
    )
