"""GET /hashtag/{tag} and GET /search: skeleton (what the index finds), hydrate, filter, present.

The index says where words are, never who may see it: what is shown is what cards and accounts show the viewer.
"""

from collections.abc import Sequence
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response

from projections import accounts, blocks, comments, feed, likes, posts, search
from projections.accounts import USERNAMES
from projections.ports import Hit, chunks
from projections.search import FOUND_ACCOUNTS, FOUND_POSTS
from query_api.call import SIGNED, AnyViewer, Page, Paging, Viewer, Wired, cursors, fresh, listed
from query_api.card_memory import Skeleton
from query_api.cards import show_cards
from query_api.lists import Shown, show_users
from query_api.paging import Fetch, Item, Items, Show, fill
from query_api.reads import Reads
from schemas.accounts import Users
from schemas.ids import AccountId, PostId
from schemas.posts import Posts
from schemas.search import Asked, Kind
from schemas.tags import Tag
from schemas.text import fold_username
from schemas.words import CALLED, Term, asked_of_names, asked_of_text, tag_word

router = APIRouter(tags=["search"])
POSTS_FOUND = fresh(*(part.PROJECTION for part in (search, accounts, posts, feed, blocks, likes, comments)))
FIRST = 1 << 62
"""When whoever is called exactly so is from: before everybody else."""


@router.get("/hashtag/{tag}", response_model=Posts, dependencies=[POSTS_FOUND])
async def tagged(tag: Tag, request: Request, page: Page, viewer: AnyViewer, wired: Wired) -> Response:
    """Posts with a tag, the newest first."""
    return await _posts(f"hashtag/{tag}", (Term(tag_word(tag)),), request, page, viewer, wired)


@router.get("/search", response_model=Posts | Users, dependencies=[SIGNED, POSTS_FOUND])
async def found(
    q: Annotated[Asked, Query()],
    request: Request,
    page: Page,
    viewer: Viewer,
    wired: Wired,
    kind: Annotated[Kind, Query(alias="type")] = "posts",
) -> Response:
    """Posts whose caption or tags have all these words, or accounts whose names have words that begin so; the newest
    first, but before others whoever has exactly this username."""
    if kind == "posts":
        return await _posts(f"search/posts/{q}", asked_of_text(q), request, page, viewer, wired)
    return await _users(q, request, page, viewer, wired)


async def _posts(
    name: str, terms: Sequence[Term], request: Request, page: Paging, viewer: AccountId | None, wired: Reads
) -> Response:
    async def fetch(last: Hit | None, limit: int) -> list[Hit]:
        return await wired.search.find(FOUND_POSTS, terms, limit, last)

    async def show(hits: Sequence[Hit]) -> list[Shown]:
        authors = await _authors(hits, wired)
        there = [Skeleton(PostId(hit.key), authors[hit.key]) for hit in hits if hit.key in authors]
        cards = dict(zip((post.post_id for post in there), await show_cards(there, viewer, wired), strict=True))
        shown = [cards.get(PostId(hit.key)) for hit in hits]
        return [None if card is None else orjson.Fragment(card) for card in shown]

    return await _page("posts", name, fetch, show, request, page, viewer, wired)


async def _users(q: str, request: Request, page: Paging, viewer: AccountId, wired: Reads) -> Response:
    exact, terms = await _named(q, wired), asked_of_names(q)
    first = [Hit(FIRST, exact)] if exact else []

    async def fetch(last: Hit | None, limit: int) -> list[Hit]:
        if last is not None:
            return await wired.search.find(FOUND_ACCOUNTS, terms, limit, None if last.at == FIRST else last)
        return first + await wired.search.find(FOUND_ACCOUNTS, terms, limit - len(first))

    async def show(hits: Sequence[Hit]) -> list[Shown]:
        users = await show_users([hit.key for hit in hits], viewer, wired)
        return [None if hit.key == exact and hit.at != FIRST else one for hit, one in zip(hits, users, strict=True)]

    return await _page("users", f"search/users/{q}", fetch, show, request, page, viewer, wired)


async def _page(
    items: str,
    name: str,
    fetch: Fetch[Hit],
    show: Show[Hit, Item],
    request: Request,
    page: Paging,
    viewer: AccountId | None,
    wired: Reads,
) -> Response:
    places = cursors(wired, name, viewer)
    start = places.read(page.cursor)
    shown: Items[Hit, Item] = await fill(fetch, show, None if start is None else Hit(*start), page.limit)
    return listed(request, items, shown.shown, None if shown.last is None else places.write(tuple(shown.last)))


async def _authors(hits: Sequence[Hit], wired: Reads) -> dict[str, AccountId]:
    """By post, of those that are still there."""
    found: dict[str, AccountId] = {}
    for keys in chunks([(hit.key,) for hit in hits]):
        rows = await wired.tables.get(FOUND_POSTS, keys)
        found.update({row["post_id"]: AccountId(row["author_id"]) for row in rows.values()})
    return found


async def _named(q: str, wired: Reads) -> str | None:
    """The account whose username this is."""
    called = CALLED.fullmatch(q.strip())
    name = fold_username(called[1] if called else q.strip())
    row = (await wired.tables.get(USERNAMES, [(name,)])).get((name,))
    return row["account_id"] if row else None
