"""One command as it goes over the wire, and what came back: exact key, exact bytes, the answer or why there is none."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.pace import patient

PATIENCE_S = 60.0
THERE = 412
"""How the object store answers an upload that it has already."""


@dataclass(frozen=True)
class Command:
    """One write. `actor` is the acting account; empty for a sign-up."""

    kind: str
    actor: str
    method: str
    path: str
    body: bytes
    key: str

    @property
    def fields(self) -> dict[str, Any]:
        """The body's fields."""
        return dict(json.loads(self.body)) if self.body else {}


@dataclass(frozen=True)
class Answer:
    """What a client can tell answers apart by."""

    status: int
    body: bytes
    position: str
    retry_after: float | None = field(compare=False)

    @property
    def final(self) -> bool:
        """Whether the same request would be answered in the same way again (API.md, Idempotency-Key)."""
        if self.status in (401, 429) or self.status >= 500:
            return False
        return self.status != 409 or self.json["code"] != "idempotency_key_in_use"

    @property
    def done(self) -> bool:
        return self.status < 300

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body)) if self.body else {}


@dataclass(frozen=True)
class Attempt:
    """One command that was tried. Without an answer, `fault` says how the connection ended."""

    command: Command
    answer: Answer | None
    fault: type[Exception] | None = None

    @property
    def acknowledged(self) -> bool:
        return self.answer is not None

    @property
    def in_flight(self) -> bool:
        """Whether it may have reached the server, though no answer came back."""
        return self.fault is not None and self.fault is not httpx.ConnectError


class Wire:
    """Sends requests for any account whose access token it has been given."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self._tokens: dict[str, str] = {}

    def beside(self, http: httpx.AsyncClient) -> "Wire":
        """Another way to the same site, with the same tokens."""
        other = Wire(http)
        other._tokens = self._tokens
        return other

    def has(self, account: str, token: str) -> None:
        """Goes by an access token that was got otherwise."""
        self._tokens[account] = token

    async def log_in(self, account: str, username: str, password: str) -> None:
        """Gets an access token for an account."""
        form = {"grant_type": "password", "username": username, "password": password}
        answer = await self.request("POST", "/oauth/token", data=form)
        assert answer.status_code == 200, f"log-in answered {answer.status_code} {answer.text}"
        self._tokens[account] = answer.json()["access_token"]

    async def attempt(self, command: Command) -> Attempt:
        """Sends a command once. Any answer must be final: nothing here is meant to overload the server."""
        try:
            answer = await self.send(command)
        except httpx.TransportError as error:
            return Attempt(command, None, type(error))
        assert answer.final, f"{command.method} {command.path} answered {answer.status} {answer.body!r}"
        return Attempt(command, answer)

    async def settle(self, command: Command) -> Attempt:
        """Sends a command until it has a final answer: a key may still be leased to the process that was killed."""
        deadline = time.monotonic() + patient(PATIENCE_S)
        while True:
            answer = await self.send(command)
            if answer.final:
                return Attempt(command, answer)
            assert time.monotonic() < deadline, f"{command} is still answered {answer.status} {answer.body!r}"
            await asyncio.sleep(answer.retry_after or 1)

    async def send(self, command: Command, **more: Any) -> Answer:
        """Sends a command once, whatever is answered. Raises httpx.TransportError."""
        headers = {"Idempotency-Key": command.key, **self._bearer(command.actor)}
        if command.body:
            headers["Content-Type"] = "application/json"
        content: dict[str, Any] = {"content": command.body, "headers": headers, **more}
        return _answer(await self.request(command.method, command.path, **content))

    async def get(self, path: str, viewer: str, position: str = "", **params: Any) -> Answer:
        """Reads, as this account sees it."""
        headers = self._bearer(viewer) | ({"At-Least-Position": position} if position else {})
        return _answer(await self.request("GET", path, params=params, headers=headers))

    async def read(self, path: str, viewer: str, position: str = "", **params: Any) -> Answer:
        """Reads, and asks again as long as the server says that it has not got so far."""
        deadline = time.monotonic() + patient(PATIENCE_S)
        while True:
            answer = await self.get(path, viewer, position, **params)
            if answer.status != 503 or time.monotonic() > deadline:
                return answer
            await asyncio.sleep(answer.retry_after or 1)

    async def put(self, reservation: dict[str, Any], content: bytes) -> None:
        """Uploads to where a reservation says, if the bytes are not there yet. Raises httpx.TransportError."""
        url, headers = reservation["upload_url"], reservation["upload_headers"]
        answer = await self.request("PUT", url, content=content, headers=headers)
        there = answer.is_success or answer.status_code == THERE
        assert there, f"the upload was answered {answer.status_code} {answer.text}"

    async def request(self, method: str, url: str, **content: Any) -> httpx.Response:
        """The one way out. Raises httpx.TransportError."""
        return await self.http.request(method, url, **content)

    def _bearer(self, account: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens[account]}"} if account else {}


def _answer(response: httpx.Response) -> Answer:
    pause = response.headers.get("Retry-After")
    return Answer(
        status=response.status_code,
        body=response.content,
        position=response.headers.get("Log-Position", ""),
        retry_after=float(pause) if pause else None,
    )
