"""A request's body on its way into a file: no longer, no shorter and nothing else than was signed."""

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from infra.directory.files import IncomingFile, in_thread
from infra.directory.signing import SignedRequest
from infra.http.refusals import BadDigest, EntityTooLarge, IncompleteBody


@asynccontextmanager
async def received(
    new: Callable[[], IncomingFile], request: SignedRequest, chunks: AsyncIterator[bytes]
) -> AsyncIterator[IncomingFile]:
    """The body in a file, which is gone afterwards unless it was moved.

    Raises EntityTooLarge, IncompleteBody, BadDigest, StorageFull, and whatever `chunks` raises.
    """
    file = new()
    try:
        await in_thread(file.open)
        async for chunk in chunks:
            if file.size + len(chunk) > request.size_bytes:
                raise EntityTooLarge
            await in_thread(file.write, chunk)
        if file.size < request.size_bytes:
            raise IncompleteBody
        if request.checksum_sha256 not in {"", base64.b64encode(file.sha256).decode()}:
            raise BadDigest
        yield file
    finally:
        await in_thread(file.discard)
