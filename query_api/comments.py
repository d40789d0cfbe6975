"""GET /posts/{id}/comments, newest first."""

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from projections import accounts, blocks, comments, feed, posts
from projections.comments import COMMENTS
from query_api.call import AnyViewer, Page, Wired, fresh
from query_api.cards import with_photo_id
from query_api.lists import Shown, TableList, show_users
from query_api.posts import published
from schemas.comments import Comments
from schemas.ids import APostId
from schemas.tables import Row
from schemas.times import rfc3339

router = APIRouter(tags=["comments"])
FRESH = fresh(*(part.PROJECTION for part in (accounts, blocks, comments, feed, posts)))


@router.get("/{post_id}/comments", response_model=Comments, dependencies=[FRESH])
async def comments_of(post_id: APostId, request: Request, page: Page, viewer: AnyViewer, wired: Wired) -> Response:
    """What is said under a post."""
    post = await published(post_id, viewer, wired)

    async def show(rows: Sequence[Row]) -> list[Shown]:
        users = await show_users([row["author_id"] for row in rows], viewer, wired)
        return [
            with_photo_id(
                request.url.path,
                {
                    "comment_id": row["comment_id"],
                    "post_id": post_id,
                    "user": user,
                    "text": row["text"],
                    "created_at": rfc3339(row["written_at"]),
                    "can_delete": viewer is not None and viewer in (row["author_id"], post["author_id"]),
                },
            )
            if user is not None and row["text"] is not None
            else None
            for row, user in zip(rows, users, strict=True)
        ]

    listing = TableList(f"posts/{post_id}/comments", "comments", COMMENTS, [(post_id,)])
    return await listing.page(request, page, viewer, wired, show)
