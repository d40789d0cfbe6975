"""What is asked for very often at one edge is had by all of them, in every format, before their own readers come."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import product

import httpx

from infra.http.negotiation import EVERYBODYS, FORMATS
from infra.process.metrics import Sample, Source

WAITING = 1000
"""Renditions that may wait; more are left cold, as they would be without all this."""
WITHIN_S = 10.0


def _waiting() -> "asyncio.Queue[str]":
    return asyncio.Queue(WAITING)


@dataclass
class Warming:
    """Asks the edges as anybody would: what they answer they keep."""

    addresses: Sequence[str]
    """host:port of each edge."""
    asked: int = 0
    _hot: "asyncio.Queue[str]" = field(default_factory=_waiting)

    def heat(self, key: str) -> None:
        """This rendition is hot."""
        with suppress(asyncio.QueueFull):
            self._hot.put_nowait(key)

    async def run(self) -> None:
        """Until it is cancelled; an edge that is away stays cold."""
        async with httpx.AsyncClient(timeout=WITHIN_S, trust_env=False) as http:
            while True:
                stem, _, _ = (await self._hot.get()).rpartition(".")
                names = [f"{stem}.{extension}" for extension in (*FORMATS, EVERYBODYS)]
                await asyncio.gather(*(self._ask(http, *one) for one in product(self.addresses, names)))

    async def _ask(self, http: httpx.AsyncClient, address: str, name: str) -> None:
        with suppress(httpx.HTTPError):
            await http.get(f"http://{address}/{name}")
        self.asked += 1


def heating(warming: Warming) -> tuple[str, Source]:
    """What it did."""

    async def measure() -> Iterable[Sample]:
        return [Sample("photolog_edge_warmed", warming.asked)]

    return "warming", measure
