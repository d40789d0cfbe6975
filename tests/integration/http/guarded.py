"""A small server behind the guard, with limits that are soon reached, and peers that talk to it byte by byte."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from infra.http.connections import HttpLimits
from infra.http.server import accepting
from tests.pace import patient

LIMITS = HttpLimits(
    connections=64, head_s=1, head_bytes=4096, url_bytes=512, slowest=100, pace_s=1, drain_bytes=30_000_000
)
WITHIN_S = 30.0
LARGE = 8_000_000


@dataclass
class Peer:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> "Peer":
        self.writer.write(data)
        await self.writer.drain()
        return self

    async def send_for_ever(self, data: bytes) -> None:
        while True:
            await self.send(data)

    async def status(self) -> int:
        """Of the next answer, which is read whole if it has a length; 0: closed without one."""
        try:
            head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), patient(WITHIN_S))
        except (asyncio.IncompleteReadError, ConnectionError):
            return 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length: "):
                self.body = await self.reader.readexactly(int(line.split()[1]))
        self.head = head
        return int(head.split(b" ")[1])

    async def ended(self) -> bool:
        """Waits until the server has closed its side."""
        try:
            return await asyncio.wait_for(self.reader.read(), patient(WITHIN_S)) == b""
        except ConnectionError:
            return True


@dataclass
class Guarded:
    """A running server. `left` are requests whose sender did not stay."""

    port: int
    left: list[str] = field(default_factory=list)

    async def peer(self, data: bytes = b"", address: str = "127.0.0.1") -> Peer:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(address, 0))
        return await Peer(reader, writer).send(data)

    async def get(self, path: str = "/", address: str = "127.0.0.1") -> int:
        """The status that a reader is answered on a new connection."""
        peer = await self.peer(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode(), address)
        return await peer.status()


@asynccontextmanager
async def guarded(**limits: float) -> AsyncIterator[Guarded]:
    """`/` answers at once, POST `/` when it has read all, `/refuses` before it reads, `/large` much."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        server = Guarded(sock.getsockname()[1])

        async def root(request: Request) -> Response:
            try:
                return PlainTextResponse(str(len(await request.body())))
            except ClientDisconnect:
                server.left.append(request.url.path)
                return Response()

        async def refuses(_request: Request) -> Response:
            return PlainTextResponse("no", 403, {"Connection": "close"})

        async def large(_request: Request) -> Response:
            return Response(bytes(LARGE))

        routes = [Route("/", root, methods=["GET", "POST"]), Route("/refuses", refuses, methods=["POST"])]
        app = Starlette(routes=[*routes, Route("/large", large)])
        chosen = replace(LIMITS, **limits)  # type: ignore[arg-type]
        async with accepting(app, sock, chosen, signals=False):
            yield server
