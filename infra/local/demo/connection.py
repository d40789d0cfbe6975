"""One account's HTTP requests: its tokens, its latest position, its idempotency keys, its patience.

Speaks API.md's conventions through an httpx.AsyncClient whose base_url is the server. Client adds the endpoints.
"""

import asyncio
import hashlib
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import orjson

KeyMaker = Callable[[str, str, bytes], str]
"""Makes the Idempotency-Key of a write from its method, path and body."""


def fresh_key(method: str, path: str, body: bytes) -> str:
    """A key of its own for every write: only repeats within one call are the same write."""
    return uuid.uuid4().hex


def stable_key(method: str, path: str, body: bytes) -> str:
    """The same key for the same write, in every process: a script that was interrupted can run again."""
    return hashlib.sha256(b"\n".join([method.encode(), path.encode(), body])).hexdigest()


class ApiProblem(Exception):
    """A refusal: `code` is the problem's stable code, OAuth's `error`, or `http_<status>` for any other body."""

    def __init__(self, status: int, code: str, detail: str, request: str) -> None:
        super().__init__(f"{request} answered {status} {code}: {detail}")
        self.status, self.code, self.detail = status, code, detail

    @classmethod
    def of(cls, answer: httpx.Response) -> "ApiProblem":
        request = f"{answer.request.method} {answer.request.url.path}"
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return cls(answer.status_code, f"http_{answer.status_code}", answer.text[:200], request)
        code = body.get("code") or body.get("error") or f"http_{answer.status_code}"
        return cls(answer.status_code, code, body.get("detail") or body.get("error_description") or "", request)


def retry_after(answer: httpx.Response, default: float) -> float:
    """The seconds in Retry-After, or the default if there are none."""
    seconds = answer.headers.get("Retry-After", "")
    return float(seconds) if seconds.isdecimal() else default


class Connection:
    """Requests of one account. Waits and repeats when the server says so, for at most `patience` seconds."""

    def __init__(self, http: httpx.AsyncClient, key: KeyMaker = fresh_key, patience: float = 30.0) -> None:
        self.http = http
        self.patience = patience
        self.access_token: str | None = None
        self.refresh_token: str | None = None
        self.position: str | None = None
        """The latest Log-Position: it covers everything that this account wrote before."""
        self._key = key
        self._refreshing = asyncio.Lock()

    async def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        params: Mapping[str, Any] | None = None,
        fresh: bool = True,
    ) -> httpx.Response:
        """The successful answer; raises ApiProblem for any other. `fresh` False: sends no At-Least-Position."""
        content = b"" if body is None else orjson.dumps(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        if method != "GET":
            headers["Idempotency-Key"] = self._key(method, path, content)
        if fresh and self.position:
            headers["At-Least-Position"] = self.position
        answer = await self._authorized(method, path, content=content, params=params, headers=headers)
        self.position = answer.headers.get("Log-Position", self.position)
        return answer

    async def refresh(self, instead_of: str | None = None) -> None:
        """Gets new tokens, unless another task has already replaced the access token `instead_of`."""
        async with self._refreshing:
            if instead_of is None or self.access_token == instead_of:
                await self.grant(grant_type="refresh_token", refresh_token=self.refresh_token or "")

    async def grant(self, **form: str) -> None:
        """Asks for tokens with this OAuth2 form and keeps them."""
        answer = await self._patiently("POST", "/oauth/token", data=form)
        tokens = answer.json()
        self.access_token, self.refresh_token = tokens["access_token"], tokens["refresh_token"]

    async def _authorized(self, method: str, path: str, headers: dict[str, str], **request: Any) -> httpx.Response:
        used = self.access_token
        if used is None:
            return await self._patiently(method, path, headers=headers, **request)
        try:
            return await self._patiently(method, path, headers=headers | _bearer(used), **request)
        except ApiProblem as problem:
            if problem.code != "token_expired":
                raise
        await self.refresh(instead_of=used)
        return await self._patiently(method, path, headers=headers | _bearer(self.access_token or ""), **request)

    async def _patiently(self, method: str, path: str, **request: Any) -> httpx.Response:
        deadline = time.monotonic() + self.patience
        while True:
            answer = await self.http.request(method, path, **request)
            if answer.is_success:
                return answer
            problem = ApiProblem.of(answer)
            pause = retry_after(answer, default=1.0)
            if not _passes(problem) or time.monotonic() + pause > deadline:
                raise problem
            await asyncio.sleep(pause)


def _passes(problem: ApiProblem) -> bool:
    return problem.status in (429, 503) or problem.code == "idempotency_key_in_use"


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
