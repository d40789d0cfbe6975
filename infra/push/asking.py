"""HTTP to a push gateway: one client a process, made when it is first needed; whatever is no answer is Unavailable."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import orjson

from schemas.errors import Unavailable

WITHIN_S = 10.0


@dataclass(frozen=True)
class Asking:
    """Connections are kept, and shared by pushes side by side."""

    http2: bool = False
    """And nothing else: such a server speaks no older version."""
    tls_ca: Path | None = None
    """None: the system's certificate authorities."""

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        verify = ssl.create_default_context(cafile=self.tls_ca) if self.tls_ca else True
        return httpx.AsyncClient(
            http1=not self.http2, http2=self.http2, verify=verify, timeout=WITHIN_S, trust_env=False
        )

    async def post(self, url: str, headers: Mapping[str, str], **body: Any) -> httpx.Response:
        """The answer, whatever its status. Raises Unavailable where there is none."""
        try:
            return await self._client.post(url, headers=dict(headers), **body)
        except httpx.HTTPError as error:
            raise Unavailable(f"the push gateway does not answer: {type(error).__name__}") from None


def said(answer: httpx.Response) -> Mapping[str, Any]:
    """The JSON object in an answer; nothing where it is something else, as a proxy's page is."""
    try:
        body = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def is_good(answer: httpx.Response) -> bool:
    return answer.status_code == HTTPStatus.OK
