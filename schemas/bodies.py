"""The base of request bodies, and the envelope of lists."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Body(BaseModel):
    """A request body: unknown fields are ignored, as the contract's additive changes ask of both sides."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class Page(BaseModel):
    """What every list answers beside its items."""

    next_cursor: str | None
    has_more: bool


Limit = Annotated[int, Field(ge=1, le=100)]
DEFAULT_LIMIT = 20
