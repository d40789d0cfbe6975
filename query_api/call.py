"""One call to the query API: who looks, which page they want, how fresh it must be, and how the answer is made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

import orjson
from fastapi import Depends, Header, Query, Request, Response
from fastapi.datastructures import URL
from fastapi.security import OAuth2PasswordBearer

from projections.effects import Projection
from query_api.cursors import Cursors
from query_api.paging import Item
from query_api.reads import Reads
from schemas.bodies import DEFAULT_LIMIT, Limit
from schemas.errors import NotYetVisible, TokenMissing
from schemas.ids import AccountId
from schemas.positions import Position

FRESH_WITHIN_S = 5.0
"""How long a read waits for `At-Least-Position`."""
PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}

AtLeastPosition = Annotated[str | None, Header(alias="At-Least-Position")]
bearer = OAuth2PasswordBearer(tokenUrl="oauth/token", auto_error=False)


async def reads(request: Request) -> Reads:
    """What the application was wired with."""
    wired: Reads = request.app.state.reads
    return wired


Wired = Annotated[Reads, Depends(reads)]


async def any_viewer(wired: Wired, token: Annotated[str | None, Depends(bearer)]) -> AccountId | None:
    """Who looks; None without a token. A token that is there must be valid."""
    return None if token is None else wired.viewers.verify(token, wired.clock())


async def signed_viewer(viewer: Annotated[AccountId | None, Depends(any_viewer)]) -> AccountId:
    """Who looks, where only accounts may."""
    if viewer is None:
        raise TokenMissing
    return viewer


AnyViewer = Annotated[AccountId | None, Depends(any_viewer)]
Viewer = Annotated[AccountId, Depends(signed_viewer)]
SIGNED = Depends(signed_viewer)
"""The first dependency where only accounts may look: nobody else waits, or hears what else is wrong."""


async def seen(wired: Wired, at_least: AtLeastPosition = None) -> list[Position]:
    """What the caller has seen already, and must see again."""
    return await wired.position_tokens.read(at_least)


Seen = Annotated[list[Position], Depends(seen)]


def fresh(*projections: Projection, finished: Sequence[str] = ()) -> Any:
    """A dependency: these projections have applied what the caller has seen. Raises NotYetVisible after 5 s.

    `finished`: topics on which what follows from that must be over too.
    """

    async def wait(wired: Wired, places: Seen) -> None:
        await applied(places, projections, finished, wired)

    return Depends(wait)


async def applied(
    places: Sequence[Position], projections: Sequence[Projection], finished: Sequence[str], wired: Reads
) -> None:
    """Returns once these projections have applied these places; see `fresh`."""
    over = [place for place in places if place.topic in finished]
    ids = [projection.id for projection in projections]
    if places and not await wired.positions.wait(ids, places, FRESH_WITHIN_S, over):
        raise NotYetVisible


@dataclass(frozen=True)
class Paging:
    """Which page is wanted."""

    limit: int
    cursor: str | None


async def paging(
    limit: Annotated[Limit, Query()] = DEFAULT_LIMIT, cursor: Annotated[str | None, Query()] = None
) -> Paging:
    """The page that the query string names."""
    return Paging(limit, cursor)


Page = Annotated[Paging, Depends(paging)]


def cursors(wired: Reads, list_name: str, viewer: AccountId | None) -> Cursors:
    """The cursors of one list for this viewer."""
    return Cursors(wired.cursor_secrets, list_name, viewer or "")


def listed(request: Request, name: str, items: list[Item], next_cursor: str | None, **more: Any) -> Response:
    """A list's answer, with the link to its next page, and what this list says besides."""
    body = {name: items, **more, "next_cursor": next_cursor, "has_more": next_cursor is not None}
    headers = {}
    if next_cursor is not None:
        url = request.url.include_query_params(cursor=next_cursor)
        headers["Link"] = link(url)
    return shown(body, headers)


def link(url: URL | str) -> str:
    """The Link header that leads to the next page, which this URL names."""
    relative = url if isinstance(url, str) else f"{quote(url.path)}?{url.query}"
    return f'<{relative}>; rel="next"'


def shown(body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    """An answer that no shared cache may keep."""
    return Response(orjson.dumps(body), headers={**PRIVATE, **(headers or {})}, media_type="application/json")
