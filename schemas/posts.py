"""Bodies of posts, their uploads and their cards."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from schemas.accounts import User
from schemas.bodies import Body, Page
from schemas.text import AltText, Caption, Filename, Tag


class Location(Body):
    """Degrees, WGS 84; rounded to 3 decimals, some 100 m."""

    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False), AfterValidator(lambda value: round(value, 3))]
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False), AfterValidator(lambda value: round(value, 3))]


class Described(Body):
    """What an author says about a post. Absent stays as it was, null clears; hashtags of the caption become tags."""

    caption: Caption | None = None
    tags: Annotated[list[Tag], Field(max_length=30)] | None = None
    alt_text: AltText | None = None
    location: Location | None = None


class PostReservation(Described):
    filename: Filename
    content_type: Annotated[str, StringConstraints(max_length=100)]
    size_bytes: Annotated[int, Field(ge=1)]
    checksum_sha256: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{43}=$")] | None = None
    draft: bool = False


class PostEdit(Described):
    """Absent is unchanged, null clears."""


class UploadCompletion(Described):
    """The body of `complete`, all of it optional."""


class Upload(BaseModel):
    post_id: str
    upload_url: str
    upload_method: Literal["PUT"] = "PUT"
    upload_headers: dict[str, str]
    expires_at: str


class RenewedUpload(BaseModel):
    upload_url: str
    upload_headers: dict[str, str]
    expires_at: str
    received: bool


class Completed(BaseModel):
    post_id: str
    status: str
    estimated_ready_ms: int
    poll_url: str


class ImageUrls(BaseModel):
    thumbnail: str
    feed: str
    full: str


class PostStatus(BaseModel):
    post_id: str
    status: Literal["pending", "processing", "published", "rejected", "deleted"]
    reason: str | None = None
    urls: ImageUrls | None = None
    published_at: str | None = None


class Source(BaseModel):
    url: str
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
    location: Location | None = None
    image_urls: ImageUrls
    sources: list[Source]
    width: int
    height: int
    blurhash: str
    like_count: int
    comment_count: int
    liked_by_viewer: bool | None
    created_at: str
    edited_at: str | None = None


class Posts(Page):
    posts: list[Card]


class Liked(BaseModel):
    post_id: str
    liked: bool
