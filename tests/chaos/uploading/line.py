"""A client's line: through toxiproxy, slow and cut again and again, to servers on this machine. What came through the
proxy is noted behind it, where the server hears it: whatever became of the answer on its way back."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import httpx

from tests.local_wires import LocalWire, Passes, listening
from tests.ports import free_ports

HEAD_BYTES = 8_192
"""No request's head is longer."""
PUT_OF_A_PART = re.compile(rb"^PUT (\S+?)\?(\S+) HTTP/1\.1\r\n")
PART_NUMBER = re.compile(rb"(?:^|&)partNumber=([0-9]+)")
ANSWER = re.compile(rb"^HTTP/1\.1 ([0-9]{3}) ")
OK = b"200"

SentPart = tuple[str, int]
"""The path of its upload, and its number."""


@dataclass
class Heard:
    """What a server heard, in order, of all its connections."""

    begun: list[SentPart] = field(default_factory=list)
    acknowledged: set[SentPart] = field(default_factory=set)
    """Answered with 200."""
    again: list[SentPart] = field(default_factory=list)
    """Begun, although they had been acknowledged."""

    def begins(self, part: SentPart) -> None:
        self.begun.append(part)
        if part in self.acknowledged:
            self.again.append(part)


class NotingWire(LocalWire):
    """Passes everything on, and notes each part that is sent."""

    def __init__(self, place: str, heard: Heard) -> None:
        super().__init__(place)
        self._heard = heard

    def connection(self) -> tuple[Passes, Passes]:
        """One request at a time, as HTTP/1.1 clients have it: its head is what comes first after an answer."""
        head, part = bytearray(), list[SentPart]()

        async def asks(data: bytes) -> bool:
            if not part and len(head) < HEAD_BYTES:
                head.extend(data[:HEAD_BYTES])
                if found := part_of(bytes(head)):
                    part.append(found)
                    self._heard.begins(found)
            return True

        async def answers(data: bytes) -> bool:
            if answer := ANSWER.match(data):
                if answer.group(1) == OK:
                    self._heard.acknowledged.update(part)
                part.clear()
                head.clear()
            return True

        return asks, answers


def part_of(head: bytes) -> SentPart | None:
    """The part that a request brings, once its first line is there."""
    line = PUT_OF_A_PART.match(head)
    number = PART_NUMBER.search(line.group(2)) if line else None
    return (line.group(1).decode(), int(number.group(1))) if line and number else None


@dataclass
class Line:
    """One way into each of some servers; all are cut at once."""

    http: httpx.AsyncClient
    places: Sequence[str]
    """host:port of each, as the client knows it."""
    heard: Heard
    cuts: int = 0

    async def cut_again_and_again(self, every_s: float, down_s: float) -> None:
        """Until it is cancelled; it is whole then."""
        try:
            while True:
                await asyncio.sleep(every_s)
                await self._pass(False)
                self.cuts += 1
                await asyncio.sleep(down_s)
                await self._pass(True)
        finally:
            await self._pass(True)

    async def _pass(self, on: bool) -> None:
        for place in self.places:
            await asked(self.http, "POST", f"/proxies/{_name(place)}", {"enabled": on})


@asynccontextmanager
async def slow_line(proxy_url: str, servers: Sequence[str], kilobytes_a_second: int) -> AsyncIterator[Line]:
    """A line to each server (host:port), with that much room for what a client sends. Nothing is left of it."""
    heard, ports = Heard(), free_ports(len(servers))
    places = [f"127.0.0.1:{port}" for port in ports]
    async with AsyncExitStack() as around:
        http = await around.enter_async_context(httpx.AsyncClient(base_url=proxy_url, trust_env=False))
        for server, place in zip(servers, places, strict=True):
            behind = await around.enter_async_context(listening(NotingWire(server, heard)))
            await around.enter_async_context(_proxy(http, place, f"127.0.0.1:{behind}", kilobytes_a_second))
        yield Line(http, places, heard)


@asynccontextmanager
async def _proxy(http: httpx.AsyncClient, place: str, upstream: str, kilobytes_a_second: int) -> AsyncIterator[None]:
    name = _name(place)
    await asked(http, "POST", "/proxies", {"name": name, "listen": place, "upstream": upstream, "enabled": True})
    try:
        slow = {"type": "bandwidth", "stream": "upstream", "attributes": {"rate": kilobytes_a_second}}
        await asked(http, "POST", f"/proxies/{name}/toxics", slow)
        yield
    finally:
        await asked(http, "DELETE", f"/proxies/{name}")


def _name(place: str) -> str:
    return f"line-{place.rpartition(':')[2]}"


async def asked(http: httpx.AsyncClient, method: str, path: str, body: Mapping[str, object] | None = None) -> None:
    """Tells toxiproxy."""
    answer = await http.request(method, path, json=body)
    assert answer.is_success, f"toxiproxy answered {method} {path} with {answer.status_code} {answer.text}"
