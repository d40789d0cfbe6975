"""The object store over HTTP: signed uploads in, public renditions out. Mounted by the embedded wiring and by tests."""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from infra.directory.held_file import HeldFile
from infra.directory.objects import DirectoryObjects
from infra.directory.signing import CHECKSUM_HEADER, FREE_KEY, SignedRequest
from infra.http.media import NOT_KEPT, PLAIN, Fetching, header, media_route, not_modified, refusing, rendition_headers
from infra.http.refusals import (
    AccessDenied,
    Deleted,
    IncompleteBody,
    InvalidKey,
    MissingContentLength,
    NoSuchKey,
    RequestTimeout,
    SignatureDoesNotMatch,
)
from schemas.errors import NotFound
from schemas.objects import check_key

MAX_UPLOAD_S = 30 * 60
"""No body takes longer: a URL's upload is over, one way or the other, this long after its expiry."""

_NUMBER = re.compile(r"[0-9]{1,15}")
_WHOLE = {"expires", "signature"}
_PART = {*_WHOLE, "uploadId", "partNumber"}
"""What a URL's query has."""


async def _nobody(_key: str) -> None:
    """Hears nothing."""


def object_routes(
    objects: DirectoryObjects,
    max_upload_s: float = MAX_UPLOAD_S,
    arrived: Callable[[str], Awaitable[None]] = _nobody,
    fetching: Fetching = PLAIN,
) -> list[BaseRoute]:
    """The routes of the store, which tells `arrived` of every upload before it answers, parts apart.

    Other methods on them are answered with 405 by the router.
    """

    async def put(request: Request) -> Response:
        signed, signature = _signed(request)
        objects.urls.authorize(signed, signature)
        receive = objects.receive if signed.part is None else objects.parts.receive
        try:
            async with asyncio.timeout(max_upload_s):
                stored = await receive(signed, request.stream())
        except TimeoutError as error:
            raise RequestTimeout from error
        except ClientDisconnect as error:
            raise IncompleteBody from error
        if signed.part is None:
            await arrived(signed.key)
        return Response(headers={"ETag": f'"{stored.etag}"', **NOT_KEPT})

    async def rendition(key: str, request: Request) -> Response:
        try:
            return await _rendition(objects, key, request)
        except NotFound as error:
            info = await objects.head(key)
            raise (Deleted if info is not None and info.gone else NoSuchKey) from error

    return [Route("/objects/{key:path}", refusing(put), methods=["PUT"]), media_route(rendition, fetching)]


def _signed(request: Request) -> tuple[SignedRequest, str]:
    """What this request would have been signed as, and the signature that it brings."""
    key = request.path_params["key"]
    try:
        check_key(key)
    except ValueError as error:
        raise InvalidKey from error
    query = dict(request.query_params)
    if set(query) not in (_WHOLE, _PART) or len(request.query_params.multi_items()) != len(query):
        raise AccessDenied
    length = header(request, "content-length")
    if not _NUMBER.fullmatch(length) or "transfer-encoding" in request.headers:
        raise MissingContentLength
    if not all(_NUMBER.fullmatch(query.get(name, "0")) for name in ("expires", "partNumber")):
        raise AccessDenied
    part = (query["uploadId"], int(query["partNumber"])) if "uploadId" in query else None
    if part is None and any(header(request, name) != value for name, value in FREE_KEY.items()):
        raise SignatureDoesNotMatch
    signed = SignedRequest(
        request.method,
        key,
        header(request, "content-type") if part is None else "",
        int(length),
        header(request, CHECKSUM_HEADER) if part is None else "",
        int(query["expires"]),
        part,
    )
    return signed, query["signature"]


async def _rendition(objects: DirectoryObjects, key: str, request: Request) -> Response:
    info, file = await objects.open(key)
    unchanged = not_modified(request, info.etag, os.fstat(file.fileno()).st_mtime)
    if unchanged is None:
        return HeldFile(file, info.content_type, rendition_headers(info.etag))
    file.close()
    return unchanged
