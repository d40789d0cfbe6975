"""How OpenSearch is reached, and what its refusals mean. The only place that speaks HTTP to it."""

import base64
import ssl
from collections.abc import Mapping
from typing import Any

import aiohttp
import orjson

from infra.opensearch.address import OpensearchAddress
from schemas.errors import Unavailable

ANSWERS_WITHIN_S = 10.0
HTTP_OK_BELOW = 400
UNPACKED = {"Accept-Encoding": "identity"}
"""Pages of hits are short: packing them would cost both sides more than it saves."""


class Refused(Unavailable):
    """What OpenSearch answered instead of doing it."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the search index refuses: {status}")
        self.of_http = status


class OpensearchConnection:
    """Of one process. Call from one event loop; it connects when it is first asked."""

    def __init__(self, address: OpensearchAddress) -> None:
        self._address = address
        self._opened: aiohttp.ClientSession | None = None

    async def ask(
        self, method: str, path: str, body: Any = None, fine: tuple[int, ...] = (), **params: str
    ) -> Mapping[str, Any]:
        """The answer's JSON; empty for a refusal whose status is `fine`. `body`: JSON, or bytes of lines of it.

        Raises Refused for every other refusal, and Unavailable where nobody answers.
        """
        content = body if isinstance(body, bytes) else None if body is None else orjson.dumps(body)
        headers = {"Content-Type": "application/x-ndjson" if isinstance(body, bytes) else "application/json"}
        url = self._address.url.rstrip("/") + path
        try:
            async with self._session().request(method, url, data=content, params=params, headers=headers) as answer:
                status, said = answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable("the search index does not answer") from error
        if status in fine:
            return {}
        if status >= HTTP_OK_BELOW:
            raise Refused(status)
        found: Mapping[str, Any] = orjson.loads(said)
        return found

    async def close(self) -> None:
        """Ends its connections."""
        if self._opened is not None:
            await self._opened.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:
            tls_ca = self._address.tls_ca
            self._opened = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=tls_ca) if tls_ca else True),
                timeout=aiohttp.ClientTimeout(total=ANSWERS_WITHIN_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={**UNPACKED, **self._says_who()},
            )
        return self._opened

    def _says_who(self) -> Mapping[str, str]:
        if not self._address.user:
            return {}
        said = f"{self._address.user}:{self._address.password}".encode()
        return {"Authorization": f"Basic {base64.b64encode(said).decode()}"}
