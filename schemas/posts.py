"""Bodies of posts, their uploads and their cards."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from schemas.accounts import User
from schemas.bodies import Absent, Body, Page, Url
from schemas.tags import Tag
from schemas.text import AltText, Caption, Filename
from schemas.times import Timestamp

PostState = Literal["pending", "processing", "published", "rejected", "deleted"]
RejectionReason = Literal["corrupt", "type_mismatch", "too_many_pixels", "too_slow", "unsupported", "blocked"]

ROUNDED = AfterValidator(lambda degrees: round(degrees, 3) + 0.0)
"""Adding 0.0 leaves no -0.0."""
ALSO = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg"}
"""Names of a type that clients use and no registry has."""


def _content_type(said: str) -> str:
    lower = said.lower()
    return ALSO.get(lower, lower)


def _whole(said: object) -> object:
    return int(said) if isinstance(said, float) and said.is_integer() else said


Size = Annotated[int, Field(ge=1), BeforeValidator(_whole)]
"""JSON has one kind of number: 138.0 is as whole as 138."""


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
    content_type: Annotated[str, StringConstraints(max_length=100), AfterValidator(_content_type)]
    size_bytes: Size
    checksum_sha256: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{43}=$")] | None = None
    draft: bool = False


class PostEdit(Described):
    """Absent is unchanged, null clears."""


class UploadCompletion(Described):
    """The body of `complete`, all of it optional."""


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


class RenewedUpload(BaseModel):
    upload_url: Url
    upload_headers: dict[str, str]
    expires_at: Timestamp
    received: bool


class Completed(BaseModel):
    post_id: str
    status: PostState
    estimated_ready_ms: int
    poll_url: Annotated[str, WithJsonSchema({"type": "string", "format": "uri-reference"})]


class ImageUrls(BaseModel):
    thumbnail: Url
    feed: Url
    full: Url


class PostStatus(BaseModel):
    post_id: str
    status: PostState
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
