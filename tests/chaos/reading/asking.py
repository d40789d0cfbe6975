"""How readers ask for a page: over httpx where the application is in this process, else over aiohttp.

httpcore looks through all its connections for each request, so that httpx brings about some 40 readers a second while
hundreds of them wait: it would be measured, not the server.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

import aiohttp
import httpx


class Answer(NamedTuple):
    """As it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Ask = Callable[[Mapping[str, str], Mapping[str, str]], Awaitable[Answer]]
"""Asks for GET /feed with these query parameters and headers."""


def over_httpx(http: httpx.AsyncClient) -> Ask:
    """Whatever its transport is."""

    async def ask(query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        answer = await http.get("/feed", params=query, headers=headers)
        return Answer(answer.status_code, answer.headers, answer.content)

    return ask


def over_aiohttp(http: aiohttp.ClientSession) -> Ask:
    """As many connections as there are readers, if the session's connector has no limit."""

    async def ask(query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        async with http.get("/feed", params=query, headers=headers) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    return ask
