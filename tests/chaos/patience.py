"""The wire of a client whose servers die and come back: it asks again until somebody answers."""

import asyncio
import time
from collections import Counter
from typing import Any

import httpx

from tests.chaos.wire import PATIENCE_S, Attempt, Command, Wire
from tests.pace import patient

PAUSE_S = 0.1


class PatientWire(Wire):
    """Every request is repeated as it was, with its key, after a lost connection or a 503 that says when to come back.

    Any other 5xx is a failure of the test.
    """

    def __init__(self, http: httpx.AsyncClient) -> None:
        super().__init__(http)
        self.borne: Counter[str] = Counter()
        """How often a request had to be repeated, and why."""
        self.repeated: set[str] = set()
        """The keys of commands that were sent more than once."""
        self.longest_s: dict[str, float] = {}
        """By method, the longest time from a request to its answer, repeats and all."""

    async def attempt(self, command: Command) -> Attempt:
        """Sends a command until its answer is final."""
        return await self.settle(command)

    async def request(self, method: str, url: str, **content: Any) -> httpx.Response:
        """The first answer that is none of a server which is away."""
        began, key = time.monotonic(), content.get("headers", {}).get("Idempotency-Key")
        while True:
            answer = await self._asked(method, url, **content)
            waited = time.monotonic() - began
            if answer is not None and answer.status_code < 500:
                self.longest_s[method] = max(self.longest_s.get(method, 0.0), round(waited, 3))
                return answer
            assert waited < patient(PATIENCE_S), f"{method} {url} is not answered"
            if key:
                self.repeated.add(key)
            await asyncio.sleep(PAUSE_S if answer is None else float(answer.headers["Retry-After"]))

    async def _asked(self, method: str, url: str, **content: Any) -> httpx.Response | None:
        try:
            answer = await self.http.request(method, url, **content)
        except httpx.TransportError as error:
            self.borne[type(error).__name__] += 1
            return None
        if answer.status_code >= 500:
            said = f"{method} {url} answered {answer.status_code} {answer.text}"
            assert answer.status_code == 503, said
            assert "Retry-After" in answer.headers, said
            self.borne[answer.json()["code"]] += 1
        return answer
