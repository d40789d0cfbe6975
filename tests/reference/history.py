"""What clients were told: acknowledged commands and answered status requests, as facts."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.reference.facts import (
    CommentDeleted,
    Commented,
    Fact,
    Followed,
    Liked,
    PostDeleted,
    Published,
    SignedUp,
    Unfollowed,
    Unliked,
)


@dataclass(frozen=True)
class Acknowledged:
    """One request that was answered. `actor` is the account that made it."""

    actor: str
    method: str
    path: str
    status: int
    answer: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)


def facts_told(history: Iterable[Acknowledged]) -> list[Fact]:
    """The facts in these answers. Each account's requests are in the order in which it made them, one at a time."""
    return [fact for told in history if told.status < 300 and (fact := _fact(told)) is not None]


def _fact(told: Acknowledged) -> Fact | None:
    actor, answer = told.actor, told.answer
    match told.method, told.path.strip("/").split("/"):
        case "POST", ["accounts"]:
            return SignedUp(answer["account_id"])
        case "POST", ["follow", followee]:
            return Followed(actor, followee)
        case "POST", ["follows"]:
            return Followed(actor, told.body["user_id"])
        case "DELETE", ["follow", followee]:
            return Unfollowed(actor, followee)
        case "POST", ["likes", post]:
            return Liked(post, actor)
        case "DELETE", ["likes", post]:
            return Unliked(post, actor)
        case "POST", ["posts" | "photos", post, "comments"]:
            return Commented(answer["comment_id"], post, actor, milliseconds(answer["created_at"]))
        case "DELETE", ["comments", comment]:
            return CommentDeleted(comment)
        case "DELETE", ["posts" | "photos", post]:
            return PostDeleted(post)
        case "GET", ["posts" | "photos", post, "status"] if answer["status"] == "published":
            return Published(post, actor, milliseconds(answer["published_at"]))
        case _:
            return None


def milliseconds(timestamp: str) -> int:
    """An RFC 3339 time as milliseconds since 1970."""
    return round(datetime.fromisoformat(timestamp).timestamp() * 1000)
