"""Bodies of comments."""

from pydantic import BaseModel

from schemas.accounts import User
from schemas.bodies import Body, Page
from schemas.text import CommentText
from schemas.times import Timestamp


class NewComment(Body):
    text: CommentText


class Comment(BaseModel):
    comment_id: str
    post_id: str
    user: User
    text: str
    created_at: Timestamp
    can_delete: bool | None


class Comments(Page):
    comments: list[Comment]
