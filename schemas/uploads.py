"""What reservations say about a file, and what becomes of uploads: the same for posts and avatars."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

from schemas.bodies import WHOLE

UploadState = Literal["pending", "processing", "published", "rejected", "deleted"]
RejectionReason = Literal["corrupt", "type_mismatch", "too_many_pixels", "too_slow", "unsupported", "blocked"]

ALSO = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg"}
"""Names of a type that clients use and no registry has."""


def _content_type(said: str) -> str:
    lower = said.lower()
    return ALSO.get(lower, lower)


ContentType = Annotated[str, StringConstraints(max_length=100), AfterValidator(_content_type)]
Size = Annotated[int, Field(ge=1), WHOLE]
Checksum = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{43}=$")]
"""SHA-256 in base64."""
PollUrl = Annotated[str, WithJsonSchema({"type": "string", "format": "uri-reference"})]
