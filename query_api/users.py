"""How accounts are shown: the User shape for a viewer. Used by profiles, cards, comments and lists."""

from collections.abc import Iterable
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


def show_user(
    found: Found, related: Relation, user: str, viewer: AccountId | None, *, blocked: bool = False
) -> User | None:
    """An account as the viewer sees it; None if there is none, or a block between them. `blocked`: show it even so."""
    row = found.row(ACCOUNTS, user)
    if row is None or (apart(related, user) and not blocked):
        return None
    return {
        **said_by_itself(row),
        "followed_by_viewer": None if viewer is None else related[FOLLOWEE.kind + user],
        "follows_viewer": None if viewer is None else related[FOLLOWER.kind + user],
    }


def said_by_itself(row: Row) -> User:
    """What of a User is the same for every viewer."""
    return {
        "user_id": row["account_id"],
        "username": row["username"],
        "display_name": row["display_name"],
        "avatar_url": None,
    }
