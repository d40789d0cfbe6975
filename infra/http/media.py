"""GET of public renditions over HTTP, the same from every object store: which keys, which headers, which refusals."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.http.refusals import NoSpaceLeft, NoSuchKey, Refusal, SlowDown
from schemas.errors import StorageFull, Unavailable
from schemas.objects import PUBLIC, is_rendition

Endpoint = Callable[[Request], Awaitable[Response]]
Rendition = Callable[[str, Request], Awaitable[Response]]
"""Answers a request for a public key. Raises Refusal; Unavailable while its store is away."""

_NOSNIFF = {"X-Content-Type-Options": "nosniff"}
FOR_EVER = {**_NOSNIFF, "Cache-Control": "public, max-age=2592000, immutable"}
"""Headers of a rendition: its name hashes its content, so it never changes."""
NOT_KEPT = {**_NOSNIFF, "Cache-Control": "no-store"}


def media_route(rendition: Rendition) -> Route:
    """`GET /m/...`. Keys that name no rendition do not exist, whatever is stored under them."""

    async def get(request: Request) -> Response:
        key = f"{PUBLIC}{request.path_params['key']}"
        if not is_rendition(key):
            raise NoSuchKey
        return await rendition(key, request)

    return Route(f"/{PUBLIC}{{key:path}}", refusing(get), methods=["GET"])


def rendition_headers(etag: str) -> Mapping[str, str]:
    """Headers of a rendition with this entity tag, which comes without quotes."""
    return {"ETag": f'"{etag}"', **FOR_EVER}


def not_modified(request: Request, etag: str) -> Response | None:
    """304 for a client that says it has this entity."""
    known = {tag.strip().removeprefix("W/") for tag in header(request, "if-none-match").split(",")}
    return Response(status_code=304, headers=rendition_headers(etag)) if known & {f'"{etag}"', "*"} else None


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
