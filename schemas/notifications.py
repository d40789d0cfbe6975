"""Bodies of notifications."""

from typing import Annotated, Literal

from pydantic import BaseModel, StringConstraints

from schemas.accounts import User
from schemas.bodies import Absent, Body, Page
from schemas.ids import NOTIFICATION_ID
from schemas.times import Timestamp


class ReadUpTo(Body):
    up_to: Annotated[str, StringConstraints(pattern=f"^{NOTIFICATION_ID}$")]


class Notification(BaseModel):
    """Of one kind about one post; `count` is how many different accounts it comes from, `actors` its newest. A `post`
    is a new one of somebody on whom one has a bell. What a moderator has decided about somebody, or about a post or a
    comment of theirs, comes from nobody."""

    notification_id: str
    kind: Literal["like", "comment", "follow", "mention", "post", "removed", "restored", "suspended", "reinstated"]
    actors: list[User]
    count: int
    post_id: str | Absent = None
    created_at: Timestamp
    read: bool


class Notifications(Page):
    notifications: list[Notification]
    unread_count: int
