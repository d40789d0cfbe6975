"""Bodies of views."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter
from typing_extensions import TypedDict

from schemas.bodies import WHOLE, Body
from schemas.ids import APostId

MOST_VIEWS = 100
LONGEST_MS = 86_400_000


Surface = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Rank = Annotated[int, Field(ge=0, le=1_000_000)]
Dwell = Annotated[int, Field(ge=0, le=LONGEST_MS)]
AsMany = Field(min_length=1, max_length=MOST_VIEWS)


class View(BaseModel):
    """That somebody has seen a post: where, at which place there, and for how long. Taken as other bodies are, but
    without their look at every text: no pattern here lets through what no store can keep, and views are many."""

    model_config = Body.model_config

    post_id: APostId
    surface: Surface
    rank: Annotated[Rank, WHOLE]
    dwell_ms: Annotated[Dwell, WHOLE]


Views = Annotated[list[View], AsMany]


class PlainView(TypedDict):
    """The same as nearly everybody says it: whole numbers without a point. So nothing of it needs Python."""

    __pydantic_config__ = ConfigDict(extra="ignore", strict=True, hide_input_in_errors=True)  # type: ignore[misc]

    post_id: APostId
    surface: Surface
    rank: Rank
    dwell_ms: Dwell


PLAIN_VIEWS: TypeAdapter[list[PlainView]] = TypeAdapter(Annotated[list[PlainView], AsMany])
"""Reads a body in one go, in half the time of JSON alone. What it takes, Views takes, and as the same."""
