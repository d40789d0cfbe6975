"""How accounts are shown: the User shape for a viewer. Used by profiles, cards, comments and lists."""

from collections.abc import Callable, Iterable
from typing import Any

from projections.accounts import ACCOUNTS
from projections.feed import FOLLOWEE, FOLLOWER
from query_api.reads import Found, Wanted
from query_api.relations import Relation, apart
from schemas.ids import AccountId
from schemas.tables import Row

User = dict[str, Any]


def want_users(wanted: Wanted, users: Iterable[str]) -> None:
    """Asks for the rows of these accounts."""
    wanted.row(ACCOUNTS, [(user,) for user in users])


MediaUrl = Callable[[str], str]
"""The absolute URL of a public object."""


def show_user(
    found: Found,
    related: Relation,
    user: str,
    viewer: AccountId | None,
    media_url: MediaUrl,
    *,
    blocked: bool = False,
    avatar: str = "small",
) -> User | None:
    """An account as the viewer sees it; None if there is none, or a block between them. `blocked`: show it even so.

    `avatar`: which size of it.
    """
    row = found.row(ACCOUNTS, user)
    if row is None or (apart(related, user) and not blocked):
        return None
    return as_seen(row, related, viewer, media_url, avatar)


def as_seen(row: Row, related: Relation, viewer: AccountId | None, media_url: MediaUrl, avatar: str = "small") -> User:
    """The account of this row, with how the viewer stands to it."""
    user = row["account_id"]
    return {
        **said_by_itself(row, media_url, avatar),
        "followed_by_viewer": None if viewer is None else related[FOLLOWEE.kind + user],
        "follows_viewer": None if viewer is None else related[FOLLOWER.kind + user],
    }


def said_by_itself(row: Row, media_url: MediaUrl, avatar: str = "small") -> User:
    """What of a User is the same for every viewer."""
    return {
        "user_id": row["account_id"],
        "username": row["username"],
        "display_name": row["display_name"],
        "avatar_url": avatar_urls(row.get("avatar") or (), media_url).get(avatar),
    }


def avatar_urls(files: Iterable[Row], media_url: MediaUrl) -> dict[str, str]:
    """The URL of each size by its name; nothing where no avatar is shown."""
    return {file["name"]: media_url(file["path"]) for file in files}
