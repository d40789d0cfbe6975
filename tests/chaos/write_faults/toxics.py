"""Faults on the wire, made through toxiproxy's HTTP API: one proxy is before Kafka, one before the CQL server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import httpx

Proxy = Literal["kafka", "cql"]
Stream = Literal["upstream", "downstream"]
"""Requests, or answers."""


@dataclass(frozen=True)
class Toxic:
    """One kind of fault. Names and attributes are toxiproxy's; times are in milliseconds."""

    type: str
    stream: Stream
    attributes: dict[str, int]


def resets(stream: Stream) -> Toxic:
    """The connection is reset at the next byte."""
    return Toxic("reset_peer", stream, {"timeout": 0})


def cuts_after(stream: Stream, size: int) -> Toxic:
    """The connection is closed after so many bytes: in the middle of a message, as a rule."""
    return Toxic("limit_data", stream, {"bytes": size})


def delays(stream: Stream, milliseconds: int, jitter: int) -> Toxic:
    """Everything comes so much later, more or less."""
    return Toxic("latency", stream, {"latency": milliseconds, "jitter": jitter})


def swallows(stream: Stream, milliseconds: int) -> Toxic:
    """Nothing comes any more, and after a time, or when the fault ends, the connection is closed."""
    return Toxic("timeout", stream, {"timeout": milliseconds})


class Toxiproxy:
    """Drives a toxiproxy. Everything that is made ends with its block."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    @asynccontextmanager
    async def cut(self, proxy: Proxy) -> AsyncIterator[None]:
        """Every connection is closed, and no other is taken."""
        await self._ask("POST", f"/proxies/{proxy}", {"enabled": False})
        try:
            yield
        finally:
            await self._ask("POST", f"/proxies/{proxy}", {"enabled": True})

    @asynccontextmanager
    async def with_toxic(self, proxy: Proxy, toxic: Toxic) -> AsyncIterator[None]:
        """The fault befalls every connection through the proxy."""
        body = {"type": toxic.type, "stream": toxic.stream, "toxicity": 1.0, "attributes": toxic.attributes}
        name = str((await self._ask("POST", f"/proxies/{proxy}/toxics", body)).json()["name"])
        try:
            yield
        finally:
            await self._ask("DELETE", f"/proxies/{proxy}/toxics/{name}")

    async def reset(self) -> None:
        """Every proxy passes everything on, whatever an earlier test left."""
        await self._ask("POST", "/reset")

    async def _ask(self, method: str, path: str, body: dict[str, object] | None = None) -> httpx.Response:
        answer = await self._http.request(method, path, json=body)
        assert answer.is_success, f"toxiproxy answered {method} {path} with {answer.status_code} {answer.text}"
        return answer
