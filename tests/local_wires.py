"""Wires to a server on this machine, each of which fails in a way of its own: TCP proxies, on the loop of the test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

CHUNK = 65_536
Passes = Callable[[bytes], Awaitable[bool]]
"""Whether some bytes go on; if not, the connection ends."""


async def everything(_data: bytes) -> bool:
    return True


class LocalWire:
    """Passes everything on."""

    def __init__(self, place: str) -> None:
        self._host, _, self._port = place.rpartition(":")
        self._pumps: set[asyncio.Task[None]] = set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        beyond, to_server = await asyncio.open_connection(self._host, int(self._port))
        asks, answers = self.connection()
        for pump in (_pumped(reader, to_server, asks), _pumped(beyond, writer, answers)):
            task = asyncio.create_task(pump)
            self._pumps.add(task)
            task.add_done_callback(self._pumps.discard)

    def connection(self) -> tuple[Passes, Passes]:
        """What one connection passes on: of what is asked, and of what is answered."""
        return everything, everything

    async def ended(self) -> None:
        """Ends every connection."""
        for pump in list(self._pumps):
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)


class CutWire(LocalWire):
    """Until it is told to cut: then the next answer is lost, and its connection with it."""

    cuts = 0
    """Answers that are still to be lost."""

    def connection(self) -> tuple[Passes, Passes]:
        return everything, self._answers

    async def _answers(self, _data: bytes) -> bool:
        lost = bool(self.cuts)
        self.cuts -= lost
        return not lost


class HeldWire(LocalWire):
    """But for the next answer to a request that names something: that waits."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.held = asyncio.Event()
        """Set once an answer waits."""
        self._name = b""
        self._released = asyncio.Event()

    def hold(self, name: str) -> None:
        """The next one."""
        self._name = name.encode()

    def release(self) -> None:
        """It goes on."""
        self._released.set()

    def connection(self) -> tuple[Passes, Passes]:
        mine = asyncio.Event()

        async def asks(data: bytes) -> bool:
            if self._name and self._name in data:
                self._name = b""
                mine.set()
            return True

        async def answers(_data: bytes) -> bool:
            if mine.is_set():
                self.held.set()
                await self._released.wait()
                mine.clear()
            return True

        return asks, answers


@asynccontextmanager
async def listening(wire: LocalWire) -> AsyncIterator[int]:
    """The port where the wire begins."""
    listener = await asyncio.start_server(wire.accept, "127.0.0.1", 0)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        await wire.ended()


async def _pumped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passes: Passes) -> None:
    with suppress(ConnectionError):
        while (data := await reader.read(CHUNK)) and await passes(data):
            writer.write(data)
    writer.close()
