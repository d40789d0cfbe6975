"""GET of renditions from MinIO through our own process: the stand-in for a CDN edge, which is to take its place.

Uploads never pass here. The query API serves it on the cluster; a tombstone, known by its metadata, is 410.
"""

from email.utils import parsedate_to_datetime

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from commands.ports import ObjectInfo
from infra.http.media import PLAIN, Fetching, header, media_route, not_modified, rendition_headers
from infra.http.refusals import Deleted, InvalidRange, NoSuchKey
from infra.minio.errors import OutOfRange
from infra.minio.objects import MinioObjects
from infra.minio.reading import Reading
from schemas.errors import NotFound


def minio_media_route(objects: MinioObjects, fetching: Fetching = PLAIN) -> Route:
    """`GET /m/...`, and HEAD."""

    async def rendition(key: str, request: Request) -> Response:
        if request.method == "HEAD":
            return _described(await objects.head(key))
        try:
            reading = await objects.read(key, header(request, "range"))
        except NotFound as error:
            raise NoSuchKey from error
        except OutOfRange as error:
            info = await objects.head(key)
            raise (Deleted if info is not None and info.gone else InvalidRange) from error
        if reading.info.gone:
            reading.close()
            raise Deleted
        known = not_modified(request, reading.info.etag, parsedate_to_datetime(reading.modified).timestamp())
        if known is not None:
            reading.close()
        return known or _Streamed(reading)

    return media_route(rendition, fetching)


def _described(info: ObjectInfo | None) -> Response:
    if info is None:
        raise NoSuchKey
    if info.gone:
        raise Deleted
    length = {"Content-Length": str(info.size_bytes), "Accept-Ranges": "bytes"}
    return Response(headers={**rendition_headers(info.etag), **length}, media_type=info.content_type)


class _Streamed(StreamingResponse):
    """The bytes of a reading, which is closed however the answer ends."""

    def __init__(self, reading: Reading) -> None:
        headers = {
            **rendition_headers(reading.info.etag),
            "Content-Length": str(reading.length),
            "Accept-Ranges": "bytes",
            "Last-Modified": reading.modified,
            **({"Content-Range": reading.content_range} if reading.content_range else {}),
        }
        super().__init__(reading.chunks(), reading.status, headers, reading.info.content_type)
        self._reading = reading

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._reading.close()
