"""The ordinary POST /views as a plain ASGI endpoint: of a hundred views a framework's route cost ten times the rest.

What it does not take (browsers, Idempotency-Keys, packed or odd bodies, and whatever is wrong) goes on to the
application, which does the same by the same parts, or says what is wrong.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from commands.api.call import Call, Services, respond, seen_by
from commands.api.views import reported
from commands.once import Request
from schemas.errors import TokenMissing
from schemas.views import PLAIN_VIEWS, PlainView

PATH = "/views"
_BEARER = b"bearer "
_TAKEN = (b"authorization", b"content-type", b"content-length", b"at-least-position", b"dnt", b"sec-gpc")
_ELSEWHERE = {b"origin", b"idempotency-key", b"content-encoding", b"transfer-encoding"}
"""Headers whose requests are the application's; so are those that say twice what is taken here."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Head(NamedTuple):
    """What an ordinary request says before its body."""

    token: bytes | None
    kind: bytes
    length: int
    at_least: bytes | None
    opted_out: bool


async def answered(scope: Scope, receive: Receive, send: Send, wired: Services, most: int) -> bool:
    """Answers the request; False: it is not for here, and nothing was done or sent. Raises PhotologError.

    `most`: bytes of a body.
    """
    head = _head(scope)
    if head is None or head.length > most or head.kind.partition(b";")[0].strip().lower() != b"application/json":
        return False
    if head.token is None:
        raise TokenMissing
    holder = wired.access_tokens.holder(head.token.decode("latin-1"), wired.clock())
    body = await _body(receive)
    views = None if body is None else _views(body)
    if body is None or views is None:
        return False
    at_least = head.at_least.decode("latin-1") if head.at_least else None
    asked = Request(holder.account_id, "POST", PATH, None, body)
    call = Call(wired, holder.account_id, asked, await seen_by(wired, at_least), PATH)
    answer = await reported(views, call, kept=not head.opted_out)
    await respond(answer)(scope, receive, send)
    return True


def _head(scope: Scope) -> Head | None:
    """None for one that is for others to judge."""
    given: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in _ELSEWHERE or (name in given and name in _TAKEN):
            return None
        given[name] = value
    token, length = given.get(b"authorization"), given.get(b"content-length", b"")
    odd_token = token is not None and token[:7].lower() != _BEARER
    if scope["method"] != "POST" or scope["query_string"] or odd_token or not length.isdigit():
        return None
    return Head(
        token=None if token is None else token[7:],
        kind=given.get(b"content-type", b""),
        length=int(length),
        at_least=given.get(b"at-least-position"),
        opted_out=b"1" in (given.get(b"dnt"), given.get(b"sec-gpc")),
    )


async def _body(receive: Receive) -> bytes | None:
    """All of it; None of who left in its middle."""
    parts, more = [], True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _views(body: bytes) -> list[PlainView] | None:
    try:
        return PLAIN_VIEWS.validate_json(body)
    except ValidationError:
        return None
