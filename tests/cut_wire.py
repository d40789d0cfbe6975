"""A TCP proxy that can take requests to a server and keep its answers to itself, as a network does that fails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHUNK = 65_536


class CutWire:
    """Passes everything on, until it is told to cut: then the next answer is lost, and its connection with it."""

    def __init__(self, port: int) -> None:
        self.cuts = 0
        """Answers that are still to be lost."""
        self._port = port
        self._pumps: set[asyncio.Task[None]] = set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._port)
        for pump in (self._pass(reader, server_writer), self._answers(server_reader, writer)):
            task = asyncio.create_task(pump)
            self._pumps.add(task)
            task.add_done_callback(self._pumps.discard)

    async def ended(self) -> None:
        """Ends every connection."""
        for pump in list(self._pumps):
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                writer.write(data)
        writer.close()

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                if self.cuts:
                    self.cuts -= 1
                    break
                writer.write(data)
        writer.close()


@asynccontextmanager
async def cut_wire(port: int) -> AsyncIterator[tuple[CutWire, int]]:
    """A proxy to a local port, and its own port."""
    wire = CutWire(port)
    listener = await asyncio.start_server(wire.accept, "127.0.0.1", 0)
    try:
        yield wire, listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        await wire.ended()
