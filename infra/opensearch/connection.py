"""How OpenSearch is reached, and what its refusals mean. The only place that speaks HTTP to it."""

import ssl
from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from infra.opensearch.address import OpensearchAddress
from schemas.errors import Unavailable

ANSWERS_WITHIN_S = 10.0
HTTP_OK_BELOW = 400


class OpensearchConnection:
    """Of one process. Call from one event loop."""

    def __init__(self, address: OpensearchAddress) -> None:
        self._client = httpx.AsyncClient(
            base_url=address.url,
            auth=(address.user, address.password) if address.user else None,
            verify=ssl.create_default_context(cafile=address.tls_ca) if address.tls_ca else True,
            timeout=ANSWERS_WITHIN_S,
            trust_env=False,
        )

    async def ask(
        self, method: str, path: str, body: Any = None, fine: tuple[int, ...] = (), **params: str
    ) -> Mapping[str, Any]:
        """The answer's JSON; empty for a refusal whose status is `fine`. `body`: JSON, or bytes of lines of it.

        Raises Unavailable for every other refusal, and where nobody answers.
        """
        content = body if isinstance(body, bytes) else None if body is None else orjson.dumps(body)
        headers = {"Content-Type": "application/x-ndjson" if isinstance(body, bytes) else "application/json"}
        try:
            answer = await self._client.request(method, path, content=content, params=params, headers=headers)
        except httpx.HTTPError as error:
            raise Unavailable("the search index does not answer") from error
        if answer.status_code in fine:
            return {}
        if answer.status_code >= HTTP_OK_BELOW:
            raise Unavailable(f"the search index refuses: {answer.status_code}")
        said: Mapping[str, Any] = orjson.loads(answer.content)
        return said

    async def close(self) -> None:
        """Ends its connections."""
        await self._client.aclose()
