"""The object store over HTTP: signed uploads in, public renditions out. Mounted by the embedded wiring and by tests."""

import asyncio
import re
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from infra.directory.keys import check_key, is_public
from infra.directory.objects import DirectoryObjects
from infra.directory.refusals import (
    AccessDenied,
    Deleted,
    IncompleteBody,
    InvalidKey,
    MissingContentLength,
    NoSuchKey,
    Refusal,
    RequestTimeout,
    ServiceUnavailable,
)
from infra.directory.signing import CHECKSUM_HEADER, SignedRequest
from schemas.errors import NotFound, StorageFull

Endpoint = Callable[[Request], Awaitable[Response]]

MAX_UPLOAD_S = 30 * 60
"""No body takes longer: a URL's upload is over, one way or the other, this long after its expiry."""

_NOSNIFF = {"X-Content-Type-Options": "nosniff"}
_FOR_EVER = {**_NOSNIFF, "Cache-Control": "public, max-age=2592000, immutable"}
_NOT_KEPT = {**_NOSNIFF, "Cache-Control": "no-store"}
_NUMBER = re.compile(r"[0-9]{1,15}")


def object_routes(objects: DirectoryObjects, max_upload_s: float = MAX_UPLOAD_S) -> list[BaseRoute]:
    """The routes of the store. Other methods on them are answered with 405 by the router."""

    async def put(request: Request) -> Response:
        signed, signature = _signed(request)
        objects.authorize(signed, signature)
        try:
            async with asyncio.timeout(max_upload_s):
                stored = await objects.receive(signed, request.stream())
        except TimeoutError as error:
            raise RequestTimeout from error
        except ClientDisconnect as error:
            raise IncompleteBody from error
        return Response(headers={"ETag": f'"{stored.etag}"', **_NOT_KEPT})

    async def get(request: Request) -> Response:
        key = f"m/{request.path_params['key']}"
        if not is_public(key):
            raise NoSuchKey
        try:
            return await _rendition(objects, key, request)
        except NotFound as error:
            info = await objects.head(key)
            raise (Deleted if info is not None and info.gone else NoSuchKey) from error

    return [
        Route("/objects/{key:path}", _refusing(put), methods=["PUT"]),
        Route("/m/{key:path}", _refusing(get), methods=["GET"]),
    ]


def _signed(request: Request) -> tuple[SignedRequest, str]:
    """What this request would have been signed as, and the signature that it brings."""
    key = request.path_params["key"]
    try:
        check_key(key)
    except ValueError as error:
        raise InvalidKey from error
    query = dict(request.query_params)
    if set(query) != {"expires", "signature"} or len(request.query_params.multi_items()) != len(query):
        raise AccessDenied
    length = _header(request, "content-length")
    if not _NUMBER.fullmatch(length) or "transfer-encoding" in request.headers:
        raise MissingContentLength
    if not _NUMBER.fullmatch(query["expires"]):
        raise AccessDenied
    signed = SignedRequest(
        request.method,
        key,
        _header(request, "content-type"),
        int(length),
        _header(request, CHECKSUM_HEADER),
        int(query["expires"]),
    )
    return signed, query["signature"]


def _header(request: Request, name: str) -> str:
    """The header, empty if there is none; of several all, which is none that was signed."""
    return ", ".join(request.headers.getlist(name))


async def _rendition(objects: DirectoryObjects, key: str, request: Request) -> Response:
    info, path, status = await objects.locate(key)
    etag = f'"{info.etag}"'
    known = {tag.strip().removeprefix("W/") for tag in _header(request, "if-none-match").split(",")}
    if known & {etag, "*"}:
        return Response(status_code=304, headers={"ETag": etag, **_FOR_EVER})
    return FileResponse(path, media_type=info.content_type, headers={"ETag": etag, **_FOR_EVER}, stat_result=status)


def _refusing(endpoint: Endpoint) -> Endpoint:
    """The endpoint, with its refusals answered as S3 does."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except StorageFull:
            refusal: Refusal = ServiceUnavailable()
        except Refusal as error:
            refusal = error
        return Response(refusal.xml(), refusal.status, _NOT_KEPT, "application/xml")

    return answered
