"""Bodies of posts, their uploads and their cards."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from schemas.accounts import User
from schemas.bodies import WHOLE, Absent, Body, Page, Url
from schemas.tags import Tag
from schemas.text import AltText, Caption, Filename
from schemas.times import Timestamp
from schemas.uploads import Checksum, ContentType, PollUrl, RejectionReason, Size, UploadState

ROUNDED = AfterValidator(lambda degrees: round(degrees, 3) + 0.0)
"""Adding 0.0 leaves no -0.0."""


class Location(Body):
    """Degrees, WGS 84; rounded to 3 decimals, some 100 m."""

    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False), ROUNDED]
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False), ROUNDED]


class Described(Body):
    """What an author says about a post. Absent stays as it was, null clears; hashtags of the caption become tags."""

    caption: Caption | None = None
    tags: Annotated[list[Tag], Field(max_length=30)] | None = None
    alt_text: AltText | None = None
    location: Location | None = None


class PostReservation(Described):
    filename: Filename
    content_type: ContentType
    size_bytes: Size
    checksum_sha256: Checksum | None = None
    draft: bool = False


class PostEdit(Described):
    """Absent is unchanged, null clears."""


class SentPart(Body):
    part_number: Annotated[int, Field(ge=1, le=10_000), WHOLE]
    etag: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    """As the PUT was answered, with quotes or without."""


class UploadCompletion(Described):
    """The body of `complete`, all of it optional. Parts that are given must be there as they are said."""

    parts: Annotated[list[SentPart], Field(max_length=1_000)] | None = None


class PostChanged(BaseModel):
    """What was given, and what changed with it, as it is now."""

    caption: str | Absent = None
    tags: list[str] | Absent = None
    alt_text: str | Absent = None
    location: Location | None = None


class Upload(BaseModel):
    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    post_id: str
    upload_url: Url
    upload_method: Literal["PUT"] = "PUT"
    upload_headers: dict[str, str]
    expires_at: Timestamp


class PartUpload(BaseModel):
    """Where one part of the file goes: they follow each other in it by number, each of its own size."""

    part_number: int
    url: Url
    headers: dict[str, str]
    size_bytes: int


class UploadInParts(BaseModel):
    """Instead of `Upload`, for a file that is too large to be sent as a whole."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    post_id: str
    upload_method: Literal["PUT"] = "PUT"
    upload_parts: list[PartUpload]
    expires_at: Timestamp


class RenewedUpload(BaseModel):
    upload_url: Url
    upload_headers: dict[str, str]
    expires_at: Timestamp
    received: bool


class ReceivedPart(BaseModel):
    part_number: int
    size_bytes: int
    etag: str


class RenewedParts(BaseModel):
    """Of a file that comes in parts: those that are there, and where the others go."""

    received_parts: list[ReceivedPart]
    upload_parts: list[PartUpload]
    expires_at: Timestamp
    received: bool
    """Whether all of it is there, and joined: then no part is listed any more."""


class Completed(BaseModel):
    post_id: str
    status: UploadState
    estimated_ready_ms: int
    poll_url: PollUrl


class ImageUrls(BaseModel):
    thumbnail: Url
    feed: Url
    full: Url


class PostStatus(BaseModel):
    post_id: str
    status: UploadState
    reason: RejectionReason | Absent = None
    urls: ImageUrls | Absent = None
    published_at: Timestamp | Absent = None


class Source(BaseModel):
    url: Url
    content_type: str
    width: int
    height: int


class Card(BaseModel):
    post_id: str
    kind: Literal["photo", "video"]
    user: User
    caption: str
    tags: list[str]
    alt_text: str
    location: Location | Absent = None
    image_urls: ImageUrls
    sources: list[Source]
    width: int
    height: int
    blurhash: str
    like_count: int
    comment_count: int
    liked_by_viewer: bool | None
    created_at: Timestamp
    edited_at: Timestamp | Absent = None


class Posts(Page):
    posts: list[Card]


class Liked(BaseModel):
    post_id: str
    liked: bool
