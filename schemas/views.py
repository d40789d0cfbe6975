"""Bodies of views."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from schemas.bodies import WHOLE, Body
from schemas.ids import APostId

MOST_VIEWS = 100
LONGEST_MS = 86_400_000


class View(BaseModel):
    """That somebody has seen a post: where, at which place there, and for how long. Taken as other bodies are, but
    without their look at every text: no pattern here lets through what no store can keep, and views are many."""

    model_config = Body.model_config

    post_id: APostId
    surface: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    rank: Annotated[int, Field(ge=0, le=1_000_000), WHOLE]
    dwell_ms: Annotated[int, Field(ge=0, le=LONGEST_MS), WHOLE]


Views = Annotated[list[View], Field(min_length=1, max_length=MOST_VIEWS)]
