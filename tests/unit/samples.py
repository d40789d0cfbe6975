"""One sample of every event type, and an envelope to put any event in. Ids, times and texts are made up."""

from typing import Any, TypeVar

from events.accounts import (
    AccountOpened,
    AccountReinstated,
    AccountSuspended,
    EmailConfirmed,
    ProfileChanged,
    UsernameClaimed,
)
from events.avatars import AvatarChanged, AvatarRejected, AvatarReserved, AvatarStarted, AvatarUploaded
from events.blocks import Blocked, Unblocked
from events.canaries import CanarySent
from events.cases import CaseDecided, CaseFlagged
from events.celebrities import CelebrityCleared, CelebrityCrossed, CelebritySettled, Span
from events.comments import CommentDeleted, CommentRemoved, CommentRestored, CommentWritten
from events.dead_letters import LetterDiscarded, LetterHeld, LetterReplaced, LetterRetried
from events.devices import DeviceRegistered, DeviceRemoved
from events.envelope import Event, Recorded
from events.follows import BellAdded, BellRemoved, Followed, Unfollowed
from events.inquiries import InquiryMade
from events.likes import PostLiked, PostUnliked
from events.notifications import NotificationsRead
from events.posts import (
    AccountsMentioned,
    Coordinates,
    InParts,
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
from events.reports import ReportFiled
from schemas.ids import AccountId, CommandId, CommentId, EventId, Millis, PostId, SessionId
from tests.unit.sample_files import AVATAR, OTHER_AVATAR, avatar, rendition

E = TypeVar("E", bound=Event)

SESSION = SessionId("se_00000000001")
ANN, BEN, EVE = AccountId("ac_0000000000A"), AccountId("ac_0000000000B"), AccountId("ac_0000000000E")
POST = PostId("po_0000000000P")
COMMENT = CommentId("co_0000000000C0000000000P")
NOON: Millis = 1_800_000_000_000
"""2027-01-15, 08:00 UTC: what matters is that it is some moment."""
SAID = {
    "caption": "Föhn über dem See #alps",
    "tags": ("foehn",),
    "caption_tags": ("alps",),
    "alt_text": "A lake",
    "location": Coordinates(lat=1, lon=2),
}
UPLOAD = f"uploads/{POST}"
RESERVED = PostReserved(
    author_id=ANN,
    filename="lake.jpg",
    content_type="image/jpeg",
    size_bytes=9,
    checksum_sha256=None,
    draft=False,
    upload_key=UPLOAD,
    in_parts=InParts(upload_id="c0ffee", part_bytes=5_242_880),
    **SAID,
)
COMPLETED = UploadCompleted(author_id=ANN, content_type="image/jpeg", upload_key=UPLOAD, **SAID)
STARTED = ProcessingStarted(author_id=ANN, attempt=1)
PUBLISHED = PostPublished(
    salt=0,
    author_id=ANN,
    published_at=NOON,
    attempt=1,
    renditions=(rendition("thumbnail"), rendition("full", "image/webp")),
    width=1080,
    height=720,
    blurhash="L00000",
    **SAID,
)
PICTURE = Picture(**{name: getattr(PUBLISHED, name) for name in Picture.model_fields})
EDITED = PostEdited(author_id=ANN, picture=PICTURE, **{**SAID, "caption": "Said better", "caption_tags": ()})
REJECTED = PostRejected(author_id=ANN, reason="corrupt")
DELETED = PostDeleted(author_id=ANN, published_at=NOON, salt=0)
OPENED = AccountOpened(account_id=ANN, username="Ann", email="ann@example.org", display_name="Ann A.", opened_at=NOON)
CHANGED = ProfileChanged(
    account_id=ANN, username="Ann", email="ann@example.org", display_name="Änne", bio="Hi", opened_at=NOON, avatar=None
)
CONFIRMED = EmailConfirmed(
    account_id=ANN, username="Ann", email="ann@example.com", display_name="Änne", bio="Hi", opened_at=NOON, avatar=None
)
SUSPENDED = AccountSuspended(**dict(CHANGED))
REINSTATED = AccountReinstated(**dict(CHANGED))
REMOVED = PostRemoved(author_id=ANN, published_at=NOON, salt=0, attempt=1)
REMADE = PostRemade(author_id=ANN, picture=PICTURE, attempt=2, edited_at=NOON, **SAID)
RESTORED = PostRestored(author_id=ANN, content_type="image/jpeg", upload_key=UPLOAD)
RETRIED = ProcessingRetried(author_id=ANN, attempt=2, content_type="image/jpeg", upload_key=UPLOAD)
ABOUT: dict[str, Any] = {"account_id": ANN, "post_id": POST, "comment_id": None}
AVATAR_UPLOAD = f"uploads/{ANN}/{AVATAR}"
AVATAR_RESERVED = AvatarReserved(
    account_id=ANN,
    avatar_id=AVATAR,
    content_type="image/jpeg",
    size_bytes=9,
    checksum_sha256=None,
    upload_key=AVATAR_UPLOAD,
    removes=(),
)
AVATAR_UPLOADED = AvatarUploaded(account_id=ANN, avatar_id=AVATAR, content_type="image/jpeg", upload_key=AVATAR_UPLOAD)
AVATAR_STARTED = AvatarStarted(account_id=ANN, avatar_id=AVATAR, attempt=1)
AVATAR_REJECTED = AvatarRejected(account_id=ANN, avatar_id=AVATAR, reason="corrupt")
AVATAR_CHANGED = AvatarChanged(**{**dict(CHANGED), "avatar": avatar()}, removes=(OTHER_AVATAR,))
LETTER: dict[str, Any] = {
    "subscriber": "likes",
    "letter_id": "ev_1",
    "event_id": "ev_1",
    "topic": "photolog.engagement",
    "partition": 1,
    "offset": 2,
    "held": f"comment/{POST}/{COMMENT}",
    "type": "comment.written.v1",
    "code": "invalid_field",
    "field": "written_at",
}

CROSSED = CelebrityCrossed(account_id=ANN, spans=(Span(since=NOON),), followers=10_000, again_at=0)
CLEARED = CelebrityCleared(
    account_id=ANN,
    spans=(Span(since=NOON, until=NOON + 9),),
    followers=10_000,
    again_at=20_004,
    reason="bought followers",
)
SETTLED = CelebritySettled(
    **{**dict(CLEARED), "spans": (Span(since=NOON, until=NOON + 9, settled=True),), "account_id": ANN}
)

SAMPLES: tuple[Event, ...] = (
    UsernameClaimed(account_id=ANN),
    OPENED,
    CHANGED,
    CONFIRMED,
    SUSPENDED,
    REINSTATED,
    AVATAR_RESERVED,
    AVATAR_UPLOADED,
    AVATAR_STARTED,
    AVATAR_REJECTED,
    AVATAR_CHANGED,
    RESERVED,
    COMPLETED,
    STARTED,
    PUBLISHED,
    EDITED,
    AccountsMentioned(author_id=ANN, mentions=(BEN, EVE), tells=(EVE,)),
    REJECTED,
    REMOVED,
    RESTORED,
    REMADE,
    RETRIED,
    DELETED,
    Followed(follower_id=BEN, followee_id=ANN),
    Unfollowed(follower_id=BEN, followee_id=ANN),
    BellAdded(follower_id=BEN, followee_id=ANN),
    BellRemoved(follower_id=BEN, followee_id=ANN),
    Blocked(blocker_id=ANN, blocked_id=BEN),
    Unblocked(blocker_id=ANN, blocked_id=BEN),
    PostLiked(post_id=POST, account_id=BEN, author_id=ANN),
    PostUnliked(post_id=POST, account_id=BEN),
    CommentWritten(
        post_id=POST,
        comment_id=COMMENT,
        author_id=BEN,
        text="Wow 🏔 @eve",
        written_at=NOON,
        post_author_id=ANN,
        mentions=(EVE,),
    ),
    CommentDeleted(post_id=POST, comment_id=COMMENT, author_id=BEN, written_at=NOON, deleted_as="post_author"),
    CommentRemoved(post_id=POST, comment_id=COMMENT, author_id=BEN, written_at=NOON),
    CommentRestored(post_id=POST, comment_id=COMMENT, author_id=BEN, text="Wow 🏔 @eve", written_at=NOON),
    CROSSED,
    CLEARED,
    SETTLED,
    InquiryMade(analyst="Ada", reason="a court's order", tables=("account_opened",)),
    CanarySent(canary_id="3"),
    ReportFiled(reporter_id=ANN, post_id=POST, comment_id=None, user_id=None, reason="spam", text="Again"),
    CaseFlagged(**ABOUT, source="blocklist", match="list 7", distance=3),
    CaseDecided(**ABOUT, verdict="remove", reason="an advertisement"),
    DeviceRegistered(account_id=ANN, before_id=BEN, session_id=SESSION, platform="apns", token="a token"),
    DeviceRemoved(account_id=ANN, why="unregistered"),
    NotificationsRead(account_id=ANN, up_to="no_00000000002"),
    LetterHeld(**LETTER, wire=None),
    LetterRetried(**LETTER, wire=None, reason="the code was mended"),
    LetterReplaced(**LETTER, wire="e30=", reason="a field was missing"),
    LetterDiscarded(**LETTER, wire=None, reason="nobody misses it"),
)


def recorded(event: E, stream: str = f"post/{POST}", version: int = 1, event_id: str = "ev_1") -> Recorded[E]:
    """The event in an envelope."""
    return Recorded(
        id=EventId(event_id),
        stream=stream,
        version=version,
        at=NOON + version,
        actor=event.subject,
        causation=CommandId("cm_1"),
        correlation="cm_1",
        event=event,
    )
