"""Requests to a site whose stores come and go, each judged at once: right, or refused as API.md says, and in time."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.pace import patient

LONGEST_S = 12.0
"""No answer may take longer, whatever is down, on a machine that does nothing else."""
REFUSALS = {"overloaded", "not_yet_visible", "storage_full"}
UNAVAILABLE, CONFLICT = 503, 409


@dataclass(frozen=True)
class Said:
    """One answer. Times are of time.monotonic()."""

    kind: str
    status: int
    asked: float
    answered: float
    code: str = ""
    """The problem's code, if it was a refusal."""


@dataclass
class Record:
    """Everything that was answered, and whatever was wrong with it."""

    said: list[Said] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, said: Said) -> None:
        """One more answer."""
        self.said.append(said)
        self._heard.set()
        self._heard = asyncio.Event()

    async def next(self) -> None:
        """Waits for one more answer."""
        await self._heard.wait()

    def fault(self, what: str) -> None:
        """Kept, and not raised: one run shows every fault that it meets."""
        self.faults.append(what)


@dataclass
class Talk:
    """Sends requests. What comes back and may not is a fault on the record."""

    http: httpx.AsyncClient
    record: Record

    async def ask(
        self, kind: str, method: str, path: str, *, token: str = "", key: str = "", seen: str = "", **more: Any
    ) -> httpx.Response | None:
        """The answer; None if there was none, which is a fault."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Idempotency-Key": key} if key else {}
        headers |= {"At-Least-Position": seen} if seen else {}
        asked = time.monotonic()
        try:
            answer = await self.http.request(method, path, headers=headers, **more)
        except httpx.TransportError as error:
            seconds = time.monotonic() - asked
            self.record.fault(f"{kind}: no answer after {seconds:.1f} s ({type(error).__name__})")
            return None
        said = Said(kind, answer.status_code, asked, time.monotonic(), _code(answer))
        self.record.hear(said)
        if fault := fault_of(answer, said.answered - said.asked):
            self.record.fault(f"{kind}: {method} {path} {fault}")
        return answer


def fault_of(answer: httpx.Response, seconds: float) -> str:
    """What is wrong with the manner of an answer; empty if nothing is."""
    if seconds > patient(LONGEST_S):
        return f"took {seconds:.1f} s"
    status = answer.status_code
    if status != UNAVAILABLE:
        return f"was answered {status} {answer.text[:300]}" if status >= 500 else ""
    if not answer.headers.get("Retry-After", "").isdecimal():
        return "was answered 503 without Retry-After"
    media = answer.request.url.path.startswith("/m/")  # refuses as an object store does
    if not media and _code(answer) not in REFUSALS:
        return f"was answered 503 {answer.headers.get('Content-Type')} {answer.text[:200]}"
    return ""


def _code(answer: httpx.Response) -> str:
    if answer.headers.get("Content-Type") != "application/problem+json":
        return ""
    return str(answer.json().get("code", ""))
