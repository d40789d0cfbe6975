"""Whom an event is told of: the rows of notifications, worked out again. For tables.py."""

from typing import Any

from tests.reference.log import LogEvent

VERDICTS = {"remove": "removed", "restore": "restored", "suspend": "suspended", "reinstate": "reinstated"}


def concerned(rows: dict[tuple[Any, ...], dict[str, Any]], event: LogEvent) -> None:
    """Whom an event is told of, unless they did it themselves. A comment's id says when, and so does an event's."""
    data = event.data
    match event.name:
        case "post.liked":
            told, actor, after = [(data.get("author_id"), "like")], data["account_id"], event.event_id
        case "post.mentioned":
            told, actor, after = [(one, "mention") for one in data["tells"]], data["author_id"], event.event_id
        case "follow.started":
            told, actor, after = [(data["followee_id"], "follow")], data["follower_id"], event.event_id
        case "comment.written":
            author, actor, after = data.get("post_author_id"), data["author_id"], data["comment_id"]
            told = [(author, "comment"), *((one, "mention") for one in data.get("mentions", ()) if one != author)]
        case "case.decided" if data["verdict"] in VERDICTS:
            told, actor, after = [(data["account_id"], VERDICTS[data["verdict"]])], "", event.event_id
        case _:
            return
    post = event.stream.rpartition("/")[2] if event.name == "post.mentioned" else data.get("post_id")
    about = {"actor_id": actor, "post_id": post or "", "comment_id": data.get("comment_id") or ""}
    for recipient, kind in told:
        if recipient not in (None, actor):
            rows[recipient, kind, f"no_{after[3:14]}"] = about
