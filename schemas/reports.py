"""Bodies of reports."""

from typing import Annotated, Literal

from pydantic import BaseModel, StringConstraints, model_validator

from schemas.bodies import Body
from schemas.ids import ACommentId, AnAccountId, APostId
from schemas.text import NFC

Reason = Literal["spam", "nudity", "violence", "hate", "illegal", "other"]
TARGETS = ("post_id", "comment_id", "user_id")


class NewReport(Body):
    """Exactly one of the three ids."""

    post_id: APostId | None = None
    comment_id: ACommentId | None = None
    user_id: AnAccountId | None = None
    reason: Reason
    text: Annotated[str, NFC, StringConstraints(max_length=1_000)] | None = None

    @model_validator(mode="after")
    def _one_target(self) -> "NewReport":
        if sum(getattr(self, name) is not None for name in TARGETS) != 1:
            raise ValueError(f"must have exactly one of {', '.join(TARGETS)}")
        return self


class Reported(BaseModel):
    report_id: str
