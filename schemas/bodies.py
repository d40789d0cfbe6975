"""The base of request bodies, and the envelope of lists."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, field_validator
from pydantic.json_schema import SkipJsonSchema

from schemas.text import well_formed


class Body(BaseModel):
    """A request body: unknown fields are ignored, as the contract's additive changes ask of both sides.

    What is wrong with it is said without its values, wherever that ends up. No text reaches a store that none can keep.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, hide_input_in_errors=True)

    @field_validator("*", mode="before")
    @classmethod
    def _well_formed(cls, value: object) -> object:
        given = value if isinstance(value, list) else [value]
        if not all(well_formed(text) for text in given if isinstance(text, str)):
            raise ValueError("must be valid Unicode text without NUL")
        return value


class Page(BaseModel):
    """What every list answers beside its items."""

    next_cursor: str | None
    has_more: bool


def _whole(said: object) -> object:
    return int(said) if isinstance(said, float) and said.is_integer() else said


WHOLE = BeforeValidator(_whole)
"""JSON has one kind of number: 138.0 is as whole as 138."""
Absent = SkipJsonSchema[None]
"""In an answer: the field is left out, never null."""
Url = Annotated[str, WithJsonSchema({"type": "string", "format": "uri"})]
DEFAULT_LIMIT, MAX_LIMIT = 20, 100
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT)]
