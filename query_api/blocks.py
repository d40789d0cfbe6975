"""GET /blocks: whom the viewer has blocked."""

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from projections import accounts, blocks, feed
from projections.blocks import BLOCKS
from query_api.call import SIGNED, Page, Viewer, Wired, fresh
from query_api.lists import Shown, TableList, show_users
from schemas.accounts import Users
from schemas.tables import Row

router = APIRouter(tags=["blocks"])
FRESH = fresh(accounts.PROJECTION, blocks.PROJECTION, feed.PROJECTION)


@router.get("/blocks", response_model=Users, dependencies=[SIGNED, FRESH])
async def blocked(request: Request, page: Page, viewer: Viewer, wired: Wired) -> Response:
    """Whom the viewer has blocked, by id: the oldest accounts first. The one place beside profiles that shows them."""

    async def show(rows: Sequence[Row]) -> list[Shown]:
        return await show_users([row["blocked_id"] for row in rows], viewer, wired, blocked=True)

    return await TableList("blocks", "users", BLOCKS, [(viewer,)]).page(request, page, viewer, wired, show)
