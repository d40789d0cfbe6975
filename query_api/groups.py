"""Notifications as they are shown: those of one kind about one post are one. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from projections.notifications import FOLLOW, LIKE
from schemas.ids import Millis
from schemas.tables import Row

ONCE = (LIKE, FOLLOW)
"""Kinds of which somebody's last one counts alone: to like again is to like."""


@dataclass(frozen=True)
class Group:
    """What is told at once. `actors` are all whom it comes from, each once, the newest first."""

    id: str
    kind: str
    post_id: str
    at: Millis
    read: bool
    actors: tuple[str, ...]


def grouped(rows: Iterable[Row], up_to: str) -> list[Group]:
    """The groups of these rows, the newest first; what was read, up to this id, is told apart from what was not."""
    said: set[tuple[Any, ...]] = set()
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in sorted(rows, key=lambda row: row["notification_id"], reverse=True):
        about = (row["kind"], row["post_id"])
        if row["kind"] in ONCE:
            if (*about, row["actor_id"]) in said:
                continue
            said.add((*about, row["actor_id"]))
        groups.setdefault((*about, row["notification_id"] <= up_to), []).append(row)
    return [_group(of, read) for (_, _, read), of in groups.items()]


def _group(rows: list[Mapping[str, Any]], read: bool) -> Group:
    newest = rows[0]
    actors = tuple(dict.fromkeys(row["actor_id"] for row in rows if row["actor_id"]))
    return Group(newest["notification_id"], newest["kind"], newest["post_id"], newest["notified_at"], read, actors)
