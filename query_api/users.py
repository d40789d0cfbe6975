"""How accounts are shown: the User shape for a viewer. Used by profiles, cards, comments and lists."""

from collections.abc import Iterable
from typing import Any

from projections.accounts import ACCOUNTS
from projections.feed import FOLLOWING
from query_api.reads import Found, Wanted
from schemas.ids import AccountId

User = dict[str, Any]


def want_users(wanted: Wanted, users: Iterable[str], viewer: AccountId | None) -> None:
    """Asks for everything that showing these accounts takes."""
    ids = list(dict.fromkeys(users))
    wanted.row(ACCOUNTS, [(user,) for user in ids])
    if viewer is not None:
        wanted.row(FOLLOWING, [(viewer, user) for user in ids])
        wanted.row(FOLLOWING, [(user, viewer) for user in ids])


def show_user(found: Found, user: str, viewer: AccountId | None) -> User | None:
    """An account as the viewer sees it; None if there is none."""
    row = found.row(ACCOUNTS, user)
    if row is None:
        return None
    return {
        "user_id": user,
        "username": row["username"],
        "display_name": row["display_name"],
        "avatar_url": None,
        "followed_by_viewer": None if viewer is None else found.row(FOLLOWING, viewer, user) is not None,
        "follows_viewer": None if viewer is None else found.row(FOLLOWING, user, viewer) is not None,
    }
