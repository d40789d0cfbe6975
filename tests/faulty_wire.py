"""A wire between a client and a server on this machine, which can be told to lose every answer, or to break."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any


class FaultyWire:
    """Forwards a port. Requests always arrive; answers are lost while `silent`."""

    def __init__(self, host: str, port: int) -> None:
        self.silent = False
        self.port = 0
        self.lost = 0
        """Answers that were lost, in pieces as they came from the server."""
        self._target = (host, port)
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    def run(self, work: Coroutine[Any, Any, None]) -> Future[None]:
        """Does something on the wire's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def open(self) -> None:
        """Listens, on the port that it had before if it had one."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def broken(self) -> None:
        """Ends every connection and takes no other until it is opened again."""
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    def loop(self) -> None:
        """Runs until `stop`; for a thread."""
        self._loop.run_forever()

    def stop(self) -> None:
        """Ends the wire for good."""
        self.run(self.broken()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        beyond, to_server = await asyncio.open_connection(*self._target)
        self._writers |= {writer, to_server}
        await asyncio.gather(self._forward(reader, to_server), self._forward(beyond, writer, answers=True))

    async def _forward(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, answers: bool = False) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                if answers and self.silent:
                    self.lost += 1
                else:
                    sink.write(data)
                    await sink.drain()
        sink.close()


@contextmanager
def faulty_wire(host: str, port: int) -> Iterator[FaultyWire]:
    """A wire that is open."""
    wire = FaultyWire(host, port)
    thread = threading.Thread(target=wire.loop, daemon=True)
    thread.start()
    wire.run(wire.open()).result()
    try:
        yield wire
    finally:
        wire.stop()
        thread.join()
