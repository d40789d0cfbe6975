"""GET /posts/{id}, its status and its likers. Every path also under /photos."""

from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from projections import accounts, blocks, comments, feed, likes, posts
from projections.buckets import BUCKETS
from projections.likes import LIKES
from projections.posts import POST_STATUS, POSTS
from query_api.call import SIGNED, AnyViewer, Page, Seen, Viewer, Wired, fresh, shown
from query_api.card_memory import Skeleton
from query_api.cards import images, show_cards, with_photo_id
from query_api.lists import Shown, TableList, show_users
from query_api.reads import Reads, Wanted, find
from query_api.relations import are_apart
from schemas.accounts import Users
from schemas.errors import Gone
from schemas.ids import AccountId, APostId
from schemas.positions import Position
from schemas.posts import Card, PostStatus
from schemas.refusals import NotYours, UnknownPost
from schemas.tables import Row
from schemas.times import rfc3339

router = APIRouter(tags=["posts"])

CARDS = fresh(*(part.PROJECTION for part in (accounts, posts, feed, blocks, likes, comments)))
FINAL = {"published", "rejected", "deleted"}


@router.get("/{post_id}", response_model=Card, dependencies=[CARDS])
async def card(post_id: APostId, request: Request, viewer: AnyViewer, wired: Wired) -> Response:
    """A published post."""
    row = await published(post_id, viewer, wired)
    (found,) = await show_cards([Skeleton(post_id, row["author_id"])], viewer, wired)
    if found is None:
        raise UnknownPost
    return shown(with_photo_id(request.url.path, orjson.loads(found)))


@router.get("/{post_id}/status", response_model=PostStatus, dependencies=[SIGNED, fresh(posts.PROJECTION)])
async def status(post_id: APostId, request: Request, viewer: Viewer, wired: Wired, seen: Seen) -> Response:
    """How far an upload of one's own has come."""
    row = (await wired.tables.get(POST_STATUS, [(post_id,)])).get((post_id,))
    if row is None:
        raise UnknownPost
    if row["author_id"] != viewer:
        raise UnknownPost if row["published_at"] is None else NotYours
    body: dict[str, Any] = {"post_id": post_id, "status": row["status"]}
    headers = {} if row["status"] in FINAL else {"Retry-After": "1"}
    if row["status"] == "rejected":
        body["reason"] = row["reason"]
    if row["status"] == "published":
        body["urls"] = images(row, wired)["image_urls"]
        body["published_at"] = rfc3339(row["published_at"])
        await wired.position_tokens.room(seen)
        headers["Log-Position"] = wired.position_tokens.write([await _written(post_id, wired)], seen)
    return shown(with_photo_id(request.url.path, body), headers)


@router.get("/{post_id}/likes", response_model=Users, dependencies=[CARDS])
async def likers(post_id: APostId, request: Request, page: Page, viewer: AnyViewer, wired: Wired) -> Response:
    """Who likes a post, in no order that means anything."""
    await published(post_id, viewer, wired)
    partitions = [(post_id, bucket) for bucket in range(BUCKETS)]

    async def show(rows: Sequence[Row]) -> list[Shown]:
        return await show_users([row["account_id"] for row in rows], viewer, wired)

    likers_of = TableList(f"posts/{post_id}/likes", "users", LIKES, partitions)
    return await likers_of.page(request, page, viewer, wired, show)


async def published(post_id: str, viewer: AccountId | None, wired: Reads) -> Row:
    """The row of a published post. Raises Gone for a deleted one, UnknownPost for all else, hidden ones too."""
    wanted = Wanted()
    wanted.row(POSTS, [(post_id,)])
    row = (await find(wanted, wired)).row(POSTS, post_id)
    said = row or (await wired.tables.get(POST_STATUS, [(post_id,)])).get((post_id,))
    if said is None or said["published_at"] is None or await are_apart(viewer, said["author_id"], wired):
        raise UnknownPost
    if row is None:
        raise Gone if said["status"] == "deleted" else UnknownPost
    return row


async def _written(post_id: str, wired: Reads) -> Position:
    """Where the event stands that wrote what the status shows, or a later one of the post."""
    key, (topic,) = (post_id,), posts.PROJECTION.topics
    origin = (await wired.tables.stamps(POST_STATUS, [key]))[key].origin
    return Position(topic, origin.partition, origin.offset)
