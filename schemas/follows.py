"""Bodies of follows."""

from pydantic import BaseModel

from schemas.bodies import Body


class NewFollow(Body):
    user_id: str


class Following(BaseModel):
    user_id: str
    following: bool
