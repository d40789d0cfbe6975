"""GET /me and /users: profiles, followers and following, the profile grid."""

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from projections import accounts, blocks, comments, feed, likes, posts
from projections.accounts import ACCOUNTS, CONFIRMED_EMAILS, SUSPENDED, USERNAMES
from projections.buckets import BUCKETS
from projections.feed import FOLLOWERS, FOLLOWING, POSTS_BY_AUTHOR, SALTED_POSTS
from query_api.call import SIGNED, AnyViewer, Page, Viewer, Wired, fresh, shown
from query_api.card_memory import Skeleton
from query_api.cards import show_cards
from query_api.lists import Shown, TableList, show_users
from query_api.reads import Reads, Wanted, find
from query_api.relations import are_apart, relate, to_blocks, to_users
from query_api.spread import is_spread, posts_of
from query_api.users import as_seen, want_users
from schemas.accounts import Me, Profile, Users, Whose
from schemas.ids import AccountId
from schemas.posts import Posts
from schemas.refusals import UnknownAccount
from schemas.tables import Row
from schemas.text import fold_username
from schemas.times import rfc3339

router = APIRouter(tags=["users"])
PROFILES = fresh(accounts.PROJECTION, feed.PROJECTION, blocks.PROJECTION)
CARDS = fresh(*(part.PROJECTION for part in (accounts, posts, feed, blocks, likes, comments)))


@router.get("/me", response_model=Me, dependencies=[SIGNED, PROFILES])
async def me(viewer: Viewer, wired: Wired) -> Response:
    """The own profile, with what only its owner sees; a suspended account's too."""
    wanted = Wanted()
    wanted.row(ACCOUNTS, [(viewer,)])
    row = (await find(wanted, wired)).row(ACCOUNTS, viewer)
    row = row or (await wired.tables.get(SUSPENDED, [(viewer,)])).get((viewer,))
    if row is None:
        raise UnknownAccount
    own = await _profile(viewer, viewer, wired, row)
    confirmed = (await wired.tables.get(CONFIRMED_EMAILS, [(viewer,)])).get((viewer,))
    verified = confirmed is not None and confirmed["email"] == row["email"]
    private = {"email": row["email"], "email_verified": verified, "created_at": rfc3339(row["opened_at"])}
    return shown({**own, **private})


@router.get("/users/{user_id}", response_model=Profile, dependencies=[PROFILES])
async def profile(user_id: Whose, viewer: AnyViewer, wired: Wired) -> Response:
    """An account's profile, by id or by @username."""
    account = await _known(user_id, wired)
    return shown(await _profile(account, viewer, wired))


@router.get("/users/{user_id}/followers", response_model=Users, dependencies=[PROFILES])
async def followers(user_id: Whose, request: Request, page: Page, viewer: AnyViewer, wired: Wired) -> Response:
    """Who follows an account, in no order that means anything."""
    account = await _seen(user_id, viewer, wired)
    partitions = [(account, bucket) for bucket in range(BUCKETS)]

    async def show(rows: Sequence[Row]) -> list[Shown]:
        return await show_users([row["follower_id"] for row in rows], viewer, wired)

    listing = TableList(f"users/{account}/followers", "users", FOLLOWERS, partitions)
    return await listing.page(request, page, viewer, wired, show)


@router.get("/users/{user_id}/following", response_model=Users, dependencies=[PROFILES])
async def following(user_id: Whose, request: Request, page: Page, viewer: AnyViewer, wired: Wired) -> Response:
    """Whom an account follows, by id: the oldest accounts first."""
    account = await _seen(user_id, viewer, wired)

    async def show(rows: Sequence[Row]) -> list[Shown]:
        return await show_users([row["followee_id"] for row in rows], viewer, wired)

    listing = TableList(f"users/{account}/following", "users", FOLLOWING, [(account,)])
    return await listing.page(request, page, viewer, wired, show)


@router.get("/users/{user_id}/feed", response_model=Posts, dependencies=[CARDS])
async def grid(user_id: Whose, request: Request, page: Page, viewer: AnyViewer, wired: Wired) -> Response:
    """The profile grid: an account's published posts, newest first."""
    account = await _seen(user_id, viewer, wired)

    async def show(rows: Sequence[Row]) -> list[Shown]:
        skeletons = [Skeleton(row["post_id"], account) for row in rows]
        cards = await show_cards(skeletons, viewer, wired)
        return [None if card is None else orjson.Fragment(card) for card in cards]

    spread = await is_spread(wired.tables, account)

    async def read(after: Row | None, limit: int) -> list[Row]:
        place = None if after is None else (after["published_at"], after["post_id"])
        return await posts_of(wired.tables, account, limit, place, spread=spread)

    listing = TableList(f"users/{account}/feed", "posts", POSTS_BY_AUTHOR, [(account,)], read)
    return await listing.page(request, page, viewer, wired, show)


async def _seen(user_id: str, viewer: AccountId | None, wired: Reads) -> AccountId:
    """The account of an id or @username, from whom the viewer is not apart. Raises UnknownAccount."""
    account = await _known(user_id, wired)
    if await are_apart(viewer, account, wired):
        raise UnknownAccount
    return account


async def _known(user_id: str, wired: Reads) -> AccountId:
    """The account of an id or @username. Raises UnknownAccount."""
    account = user_id
    if user_id.startswith("@"):
        name = (fold_username(user_id[1:]),)
        row = (await wired.tables.get(USERNAMES, [name])).get(name)
        account = row["account_id"] if row else ""
    wanted = Wanted()
    wanted.row(ACCOUNTS, [(account,)])
    if (await find(wanted, wired)).row(ACCOUNTS, account) is None:
        raise UnknownAccount
    return AccountId(account)


async def _profile(
    account: AccountId, viewer: AccountId | None, wired: Reads, own: Row | None = None
) -> dict[str, Any]:
    """Whom the viewer has blocked is shown by name and counts alone, so that the block can be taken back. `own`: the
    row, where it is not looked for."""
    wanted = Wanted()
    want_users(wanted, [account])
    for table in (POSTS_BY_AUTHOR, SALTED_POSTS, FOLLOWERS, FOLLOWING):
        wanted.size(table, [(account,)])
    found, related = await asyncio.gather(find(wanted, wired), relate(viewer, to_users([account]), wired))
    row = own or found.row(ACCOUNTS, account)
    blocked, blocker = (related[member] for member in to_blocks(account))
    if row is None or blocker:
        raise UnknownAccount
    return {
        **as_seen(row, related, viewer, wired.media_url, avatar="large"),
        "bio": None if blocked else row["bio"],
        "post_count": found.size(POSTS_BY_AUTHOR, account) + found.size(SALTED_POSTS, account),
        "follower_count": found.size(FOLLOWERS, account),
        "following_count": found.size(FOLLOWING, account),
        "blocked_by_viewer": blocked,
    }
