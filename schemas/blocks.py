"""Bodies of blocks."""

from pydantic import BaseModel


class Blocking(BaseModel):
    user_id: str
    blocked: bool
