"""GET of public renditions over HTTP, the same from every object store: which keys, which headers, which refusals."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from infra.http.negotiation import AUTO, choices
from infra.http.refusals import NoSpaceLeft, NoSuchKey, Refusal, SlowDown
from schemas.errors import StorageFull, Unavailable
from schemas.objects import PUBLIC, is_rendition

Endpoint = Callable[[Request], Awaitable[Response]]
Rendition = Callable[[str, Request], Awaitable[Response]]
"""Answers a request for a public key. Raises Refusal; Unavailable while its store is away."""

HARMLESS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
"""On every answer: whatever a file is, no browser runs anything of it."""
KEPT_S = 30 * 86_400
"""For so long edges and clients keep a rendition."""
FOR_EVER = {**HARMLESS, "Cache-Control": f"public, max-age={KEPT_S}, immutable"}
"""Headers of a rendition: its name hashes its content, so it never changes."""
NOT_KEPT = {**HARMLESS, "Cache-Control": "no-store"}

_RANGE = re.compile(r"bytes=\s*(?:[0-9]+-[0-9]*|-[0-9]+)(?:\s*,\s*(?:[0-9]+-[0-9]*|-[0-9]+))*\s*")


async def _nothing(_key: str) -> bool:
    return False


def _nobody(_key: str) -> None:
    """Hears nothing."""


@dataclass(frozen=True)
class Fetching:
    """What becomes of renditions besides being sent."""

    brought_back: Callable[[str], Awaitable[bool]] = _nothing
    """Whether what the store does not have, by its key, is there now after all."""
    noted: Callable[[str], None] = _nobody
    """Hears of each key that was found."""

    def followed(self, rendition: Rendition) -> Rendition:
        """The same, with all that."""

        async def answered(key: str, request: Request) -> Response:
            try:
                answer = await rendition(key, request)
            except NoSuchKey:
                if not await self.brought_back(key):
                    raise
                answer = await rendition(key, request)
            self.noted(key)
            return answer

        return answered


PLAIN = Fetching()


def media_route(found: Rendition, fetching: Fetching = PLAIN) -> Route:
    """`GET /m/...`. Keys that name no rendition do not exist, whatever is stored under them; AUTO stands for the format
    that suits the client."""
    rendition = fetching.followed(found)

    async def get(request: Request) -> Response:
        key = f"{PUBLIC}{request.path_params['key']}"
        if not is_rendition(key):
            raise NoSuchKey
        _ignore_odd_ranges(request.scope)
        return await (_suiting(rendition, key, request) if key.endswith(AUTO) else rendition(key, request))

    return Route(f"/{PUBLIC}{{key:path}}", refusing(get), methods=["GET"])


async def _suiting(rendition: Rendition, key: str, request: Request) -> Response:
    for choice in choices(key, header(request, "accept")):
        try:
            answer = await rendition(choice, request)
        except NoSuchKey:
            continue
        answer.headers["Vary"] = "Accept"
        return answer
    raise NoSuchKey


def _ignore_odd_ranges(scope: Scope) -> None:
    """A range of another unit, or none that can be read, is as if it were not there (RFC 9110, 14.2)."""
    asked = ", ".join(Headers(scope=scope).getlist("range"))
    if asked and not (_RANGE.fullmatch(asked) and all(map(_rises, asked.removeprefix("bytes=").split(",")))):
        scope["headers"] = [one for one in scope["headers"] if one[0] != b"range"]


def _rises(part: str) -> bool:
    first, _, last = part.strip().partition("-")
    return not first or not last or int(first) <= int(last)


def rendition_headers(etag: str) -> Mapping[str, str]:
    """Headers of a rendition with this entity tag, which comes without quotes."""
    return {"ETag": f'"{etag}"', **FOR_EVER}


def not_modified(request: Request, etag: str, modified: float) -> Response | None:
    """304 for a client that has this entity, made at `modified` (seconds since 1970). Tags count before dates."""
    if "if-none-match" in request.headers:
        known = {tag.strip().removeprefix("W/") for tag in header(request, "if-none-match").split(",")}
        has_it = bool(known & {f'"{etag}"', "*"})
    else:
        since = _seconds(header(request, "if-modified-since"))
        has_it = since is not None and int(modified) <= since
    return Response(status_code=304, headers=rendition_headers(etag)) if has_it else None


def _seconds(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):  # RFC 9110, 13.1.3: a date that cannot be read is ignored
        return None


def header(request: Request, name: str) -> str:
    """The header, empty if there is none; of several all, which is none that was signed."""
    return ", ".join(request.headers.getlist(name))


def refusing(endpoint: Endpoint) -> Endpoint:
    """The endpoint, with its refusals answered as S3 does."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except StorageFull:
            refusal: Refusal = NoSpaceLeft()
        except Unavailable:
            refusal = SlowDown()
        except Refusal as error:
            refusal = error
        return Response(refusal.xml(), refusal.status, {**NOT_KEPT, **refusal.headers()}, "application/xml")

    return answered
