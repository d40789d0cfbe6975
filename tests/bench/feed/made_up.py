"""Events of the worlds of benches: accounts that were opened, posts with all renditions, as the log would have them."""

from events.accounts import AccountOpened
from events.envelope import Event, Recorded
from events.posts import PostPublished, Rendition
from schemas.ids import AccountId, CommandId, EventId, PostId

NOON = 1_750_000_000_000
SIZES = (("thumbnail", 150), ("feed", 640), ("full", 1_080))
KINDS = (("jpg", "image/jpeg"), ("webp", "image/webp"))


def event_of(event: Event, stream: str) -> Recorded[Event]:
    command = CommandId("cm_00000000001")
    return Recorded(EventId("ev_00000000001"), stream, 1, NOON, event.subject, command, command, event)


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
