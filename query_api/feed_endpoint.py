"""The ordinary GET /feed as a plain ASGI endpoint: a framework's route and middleware cost as much as the page itself.

What it does not take (browsers' and compressed requests, odd queries, HEAD) goes on to the application, which makes
the same page of the same parts, or says what is wrong.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from query_api.call import PRIVATE, Paging, applied, link
from query_api.feed import DEGRADED, FINISHED, PROJECTIONS, page_of
from query_api.reads import Reads
from schemas.bodies import DEFAULT_LIMIT, MAX_LIMIT
from schemas.errors import TokenMissing

PATH = "/feed"
_BEARER = b"bearer "
_HEADERS = [(b"content-type", b"application/json"), *((n.lower().encode(), v.encode()) for n, v in PRIVATE.items())]
_DEGRADED = [(name.lower().encode(), value.encode()) for name, value in DEGRADED.items()]
_ELSEWHERE = {b"origin", b"accept-encoding", b"content-length", b"transfer-encoding"}
"""Headers whose requests are the application's."""

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


async def answered(scope: Scope, _receive: object, send: Send, wired: Reads) -> bool:
    """Answers the request; False: it is not for here, and nothing was sent. Raises PhotologError."""
    if scope["method"] != "GET":
        return False
    token = at_least = None
    for name, value in scope["headers"]:
        if name == b"authorization":
            token = value
        elif name == b"at-least-position":
            at_least = value
        elif name in _ELSEWHERE and (name != b"accept-encoding" or b"gzip" in value):
            return False
    page = _paging(scope["query_string"])
    if page is None or (token is not None and token[:7].lower() != _BEARER):
        return False
    if token is None:
        raise TokenMissing
    viewer = wired.viewers.verify(token[7:].decode("latin-1"), wired.clock())
    if at_least:
        places = await wired.position_tokens.read(at_least.decode("latin-1"))
        await applied(places, PROJECTIONS, FINISHED, wired)
    body, cursor, short = await page_of(viewer, page, wired, lately=not at_least)
    headers = [*_HEADERS, (b"content-length", b"%d" % len(body))]
    if cursor is not None:
        headers.append((b"link", link(f"{PATH}?limit={page.limit}&cursor={cursor}").encode()))
    if short:
        headers += _DEGRADED
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
    return True


def _paging(query: bytes) -> Paging | None:
    """The page that a query string names; None for one that is for others to judge."""
    if not query:
        return Paging(DEFAULT_LIMIT, None)
    given = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    limit, cursor = given.pop("limit", str(DEFAULT_LIMIT)), given.pop("cursor", None)
    if given or not limit.isascii() or not limit.isdecimal() or not 1 <= int(limit) <= MAX_LIMIT:
        return None
    return Paging(int(limit), cursor)
