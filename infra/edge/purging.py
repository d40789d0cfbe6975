"""EdgePurges: processors.ports.Edge over HTTP, at every edge that the settings name."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import httpx

from infra.edge.vcl import PURGE, PURGE_KEY
from schemas.errors import Unavailable
from schemas.ids import AvatarId, PostId

WITHIN_S = 5.0


@dataclass(frozen=True)
class EdgePurges:
    """Connections are kept, and shared by purges side by side."""

    addresses: Sequence[str]
    """host:port of each edge."""
    key: str = field(repr=False)

    @property
    def any(self) -> bool:
        return bool(self.addresses)

    async def purge(self, of: PostId | AvatarId) -> None:
        """All are told, whatever becomes of the others."""
        said = await asyncio.gather(*(self._told(one, of) for one in self.addresses), return_exceptions=True)
        for failure in said:
            if failure is not None:
                raise failure

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=WITHIN_S, trust_env=False)

    async def _told(self, address: str, of: PostId | AvatarId) -> None:
        try:
            answer = await self._client.request("PURGE", f"http://{address}/", headers={PURGE: of, PURGE_KEY: self.key})
        except httpx.HTTPError as error:
            raise Unavailable(f"the edge {address} does not answer: {type(error).__name__}") from None
        if not answer.is_success:
            raise Unavailable(f"the edge {address} takes no purge of ours: {answer.status_code}")
