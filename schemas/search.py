"""What is asked for in a search."""

from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints

from schemas.text import NFC, Shown, well_formed


def _searchable(text: str) -> str:
    if not well_formed(text):
        raise ValueError("must be valid Unicode text without NUL")
    return text


Asked = Annotated[str, NFC, StringConstraints(min_length=1, max_length=100), AfterValidator(_searchable), Shown]
"""Words, as somebody types them."""
Kind = Literal["posts", "users"]
