"""The post aggregate: commands in, decisions as events out. Loaded and saved by commands/handling.py."""

from dataclasses import replace

from commands.aggregate import SYSTEM, Aggregate
from commands.post_commands import (
    CompleteUpload,
    DeletePost,
    EditPost,
    NoteUpload,
    PostCommand,
    PublishPost,
    RejectPost,
    RemakePost,
    RemovePost,
    ReservePost,
    RestorePost,
    RetryProcessing,
    StartProcessing,
)
from commands.post_state import Description, Post, evolve, not_for_strangers
from events.envelope import Event
from events.posts import (
    AccountsMentioned,
    Picture,
    PostDeleted,
    PostEdited,
    PostPublished,
    PostRejected,
    PostRemade,
    PostRemoved,
    PostReserved,
    PostRestored,
    ProcessingRetried,
    ProcessingStarted,
    UploadCompleted,
)
from schemas.errors import Gone, UnsupportedType
from schemas.ids import AccountId
from schemas.objects import upload_key
from schemas.photos import PHOTO_TYPES
from schemas.refusals import UnknownPost

ANNOUNCED = ("filename", "content_type", "size_bytes", "checksum_sha256", "draft", "in_parts")
"""What a reservation says about the file."""

MADE = ("attempt", "renditions", "width", "height", "blurhash")
"""What a publication says of the renditions."""


def decide(post: Post | None, command: PostCommand) -> list[Event]:
    decided = _decided(post, command)
    if not decided:
        return []
    said = _mentioned(post, command)
    # What a publication's position covers comes before it.
    return [*said, *decided] if isinstance(command, PublishPost) else [*decided, *said]


def _mentioned(post: Post | None, command: PostCommand) -> list[Event]:
    """What is said of a caption's mentions along with what was decided."""
    before, author = (post.mentions, post.author_id) if post else ((), command.actor)
    now: tuple[AccountId, ...] | None = getattr(command, "mentions", None)
    match command:
        case PublishPost() if before and post is not None and post.picture is None:
            return [AccountsMentioned(author_id=author, mentions=before, tells=before)]
        case _ if now is not None and now != before:
            new = tuple(account for account in now if account not in before)
            public = post is not None and post.status == "published"
            return [AccountsMentioned(author_id=author, mentions=now, tells=new if public else ())]
        case _:
            return []


def _decided(post: Post | None, command: PostCommand) -> list[Event]:
    match post, command:
        case None, ReservePost():
            return [_reserved(command)]
        case None, _:
            raise UnknownPost
        case Post(), _ if command.actor != post.author_id and not command.actor.startswith(SYSTEM):
            raise not_for_strangers(post)
        case Post(), ReservePost():
            return []
        case Post(status="deleted"), CompleteUpload() | EditPost():
            raise Gone
        case Post(status="pending"), CompleteUpload(changes=changes):
            return [_completed(post, replace(post.description, **changes))]
        case Post(status="pending", draft=False), NoteUpload():
            return [_completed(post, post.description)]
        case Post(), CompleteUpload(changes=changes) | EditPost(changes=changes):
            return _edited(post, replace(post.description, **changes))
        case Post(status="processing"), StartProcessing() | RetryProcessing() | PublishPost() | RejectPost():
            return _attempted(post, command)
        case Post(status="published"), RemakePost():
            return _remade(post, command)
        case Post(), RemovePost() | RestorePost():
            return _moderated(post, command)
        case Post(status=status), DeletePost() if status != "deleted":
            return [PostDeleted(author_id=post.author_id, published_at=post.published_at, salt=post.salt)]
        case _:
            return []  # said again, or too late: not news


def _attempted(post: Post, command: StartProcessing | RetryProcessing | PublishPost | RejectPost) -> list[Event]:
    """Of the attempts at a post that is processed only the latest says anything."""
    match command:
        case StartProcessing(holds=holds) if post.attempt != holds:
            return [ProcessingStarted(author_id=post.author_id, attempt=post.attempt + 1)]
        case StartProcessing():
            return []
        case _ if post.attempt != command.attempt:
            return []
        case RetryProcessing():
            return [ProcessingRetried(author_id=post.author_id, attempt=post.attempt + 1, **_upload(post))]
        case PublishPost():
            return [_published(post, command)]
        case RejectPost():
            return [PostRejected(author_id=post.author_id, reason=command.reason)]


def _moderated(post: Post, command: RemovePost | RestorePost) -> list[Event]:
    match command:
        case RemovePost() if post.picture and post.status in ("published", "processing"):
            at, author = post.picture.published_at, post.author_id
            return [PostRemoved(author_id=author, published_at=at, salt=post.salt, attempt=post.attempt)]
        case RestorePost() if post.held and post.status != "deleted":
            return [PostRestored(author_id=post.author_id, **_upload(post))]
        case _:
            return []


def _reserved(command: ReservePost) -> PostReserved:
    if command.content_type not in PHOTO_TYPES:
        raise UnsupportedType(f"a photo is one of {', '.join(PHOTO_TYPES)}")
    announced = {name: getattr(command, name) for name in ANNOUNCED}
    key = upload_key(command.post_id)
    return PostReserved(author_id=command.actor, **vars(command.description), **announced, upload_key=key)


def _completed(post: Post, said: Description) -> UploadCompleted:
    return UploadCompleted(author_id=post.author_id, **vars(said), **_upload(post))


def _upload(post: Post) -> dict[str, str]:
    return {"content_type": post.content_type, "upload_key": post.upload_key}


def _edited(post: Post, said: Description) -> list[Event]:
    if said == post.description or post.status == "rejected":
        return []
    return [PostEdited(author_id=post.author_id, **vars(said), picture=post.shown)]


def _published(post: Post, command: PublishPost) -> PostPublished:
    """A restored one takes the place that it had."""
    at, salt = (command.at, command.salt) if post.published_at is None else (post.published_at, post.salt)
    made = {name: getattr(command, name) for name in MADE}
    return PostPublished(author_id=post.author_id, **vars(post.description), published_at=at, salt=salt, **made)


def _remade(post: Post, command: RemakePost) -> list[Event]:
    """Unless somebody has edited the post meanwhile, or made it again."""
    if post.picture is None or post.attempt != command.attempt - 1 or post.description != command.seen:
        return []
    made = {name: getattr(command, name) for name in MADE if name != "attempt"}
    picture = Picture(published_at=post.picture.published_at, **made)
    told = {"attempt": command.attempt, "edited_at": command.edited_at}
    return [PostRemade(author_id=post.author_id, **vars(post.description), picture=picture, **told)]


POST = Aggregate("post", evolve, decide, state=Post, release=7)
