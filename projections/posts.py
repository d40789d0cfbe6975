"""Posts as readers see them, and how far each has come. Fed by events/posts.py; read by cards and the status poll."""

from events.envelope import Recorded
from events.personal import readable
from events.posts import (
    Described,
    Picture,
    PostDeleted,
    PostEdited,
    PostPublished,
    PostRejected,
    PostRemade,
    PostRemoved,
    PostReserved,
    PostRestored,
    Rendition,
    UploadCompleted,
    shown_tags,
)
from projections.effects import Delete, Effects, Projection, Put
from schemas.ids import AccountId, Millis
from schemas.positions import POSTS as POSTS_TOPIC
from schemas.tables import INT, JSON, TEXT, TIME, Table

POSTS = Table(
    "posts",
    partition="post_id",
    columns={
        "author_id": TEXT,
        "caption": TEXT,
        "tags": JSON,
        "alt_text": TEXT,
        "location": JSON,
        "renditions": JSON,
        "width": INT,
        "height": INT,
        "blurhash": TEXT,
        "published_at": TIME,
        "edited_at": TIME,
    },
    subject="author_id",
    cached=3600,
)
"""Published posts alone: what is not here is never shown."""

POST_STATUS = Table(
    "post_status",
    partition="post_id",
    columns={"author_id": TEXT, "status": TEXT, "reason": TEXT, "renditions": JSON, "published_at": TIME},
    subject="author_id",
)

SHOWN = [name for name in Rendition.model_fields if name != "size_bytes"]
"""Of a rendition, on a card."""
PROJECTION = Projection("posts", topics=[POSTS_TOPIC], tables=[POSTS, POST_STATUS])


@PROJECTION.projects(PostReserved, sealed=True)
def reserved(recorded: Recorded[PostReserved]) -> Effects:
    yield _status(recorded.stream, recorded.event.author_id, "pending")


@PROJECTION.projects(UploadCompleted, PostRestored, sealed=True)
def processing(recorded: Recorded[UploadCompleted | PostRestored]) -> Effects:
    yield _status(recorded.stream, recorded.event.author_id, "processing")


@PROJECTION.projects(PostPublished)
def published(recorded: Recorded[PostPublished]) -> Effects:
    yield from _shown(recorded.stream, recorded.event, recorded.event, edited_at=None)


@PROJECTION.projects(PostEdited)
def edited(recorded: Recorded[PostEdited]) -> Effects:
    if recorded.event.picture is not None:
        picture = recorded.event.picture
        sources = _sources(picture.renditions)
        yield _post(recorded.stream, recorded.event, picture, sources, edited_at=recorded.at)


@PROJECTION.projects(PostRemade)
def remade(recorded: Recorded[PostRemade]) -> Effects:
    yield from _shown(recorded.stream, recorded.event, recorded.event.picture, edited_at=recorded.event.edited_at)


@PROJECTION.projects(PostRejected)
def rejected(recorded: Recorded[PostRejected]) -> Effects:
    yield _status(recorded.stream, recorded.event.author_id, "rejected", reason=recorded.event.reason)


@PROJECTION.projects(PostRemoved)
def removed(recorded: Recorded[PostRemoved]) -> Effects:
    """To its author it is rejected. A status without a time of publication says nothing to others."""
    yield Delete(POSTS, post_id=post_id(recorded.stream))
    yield _status(recorded.stream, recorded.event.author_id, "rejected", reason="blocked")


@PROJECTION.projects(PostDeleted)
def deleted(recorded: Recorded[PostDeleted]) -> Effects:
    event = recorded.event
    yield Delete(POSTS, post_id=post_id(recorded.stream))
    yield _status(recorded.stream, event.author_id, "deleted", published_at=event.published_at)


def post_id(stream: str) -> str:
    """The post that a stream is about."""
    return stream.removeprefix("post/")


def _shown(stream: str, said: Described, picture: Picture | PostPublished, edited_at: Millis | None) -> Effects:
    sources = _sources(picture.renditions)
    yield _post(stream, said, picture, sources, edited_at)
    yield _status(stream, said.author_id, "published", renditions=sources, published_at=picture.published_at)


def _post(
    stream: str,
    said: Described,
    picture: Picture | PostPublished,
    sources: list[dict[str, object]],
    edited_at: Millis | None,
) -> Put:
    place = readable(said.location)
    return Put(
        POSTS,
        post_id=post_id(stream),
        author_id=said.author_id,
        caption=readable(said.caption) or "",
        tags=shown_tags(said.tags, said.caption_tags),
        alt_text=readable(said.alt_text) or "",
        location=place.model_dump() if place else None,
        renditions=sources,
        width=picture.width,
        height=picture.height,
        blurhash=picture.blurhash,
        published_at=picture.published_at,
        edited_at=edited_at,
    )


def _sources(renditions: tuple[Rendition, ...]) -> list[dict[str, object]]:
    return [{name: getattr(one, name) for name in SHOWN} for one in renditions]


def _status(
    stream: str,
    author_id: AccountId,
    status: str,
    reason: str | None = None,
    renditions: list[dict[str, object]] | None = None,
    published_at: Millis | None = None,
) -> Put:
    return Put(
        POST_STATUS,
        post_id=post_id(stream),
        author_id=author_id,
        status=status,
        reason=reason,
        renditions=renditions or [],
        published_at=published_at,
    )
