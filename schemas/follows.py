"""Bodies of follows and bells."""

from pydantic import BaseModel

from schemas.bodies import Body


class NewFollow(Body):
    user_id: str


class Following(BaseModel):
    user_id: str
    following: bool


class Bell(BaseModel):
    """Whether one is told of an account's new posts."""

    user_id: str
    bell: bool
