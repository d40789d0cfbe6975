"""Cursors: where a page ended, authenticated, and bound to its list and viewer. They hold keys, never offsets."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from schemas.errors import BadCursor

MAC_BYTES = 12


@dataclass(frozen=True)
class Cursors:
    """Writes and reads the cursors of one list for one viewer."""

    secrets: Sequence[bytes] = field(repr=False)
    """The first signs; what was signed with another is accepted while the site's secret is rotated."""
    list_name: str
    viewer: str

    def write(self, place: tuple[Any, ...]) -> str:
        """The cursor behind this place."""
        payload = orjson.dumps(place)
        return base64.urlsafe_b64encode(self._mac(self.secrets[0], payload) + payload).rstrip(b"=").decode()

    def read(self, cursor: str | None) -> tuple[Any, ...] | None:
        """The place; None for no cursor. Raises BadCursor for one that is not of this list and viewer."""
        if cursor is None:
            return None
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadCursor from error
        mac, payload = raw[:MAC_BYTES], raw[MAC_BYTES:]
        if not any(hmac.compare_digest(mac, self._mac(secret, payload)) for secret in self.secrets):
            raise BadCursor
        return tuple(orjson.loads(payload))

    def _mac(self, secret: bytes, payload: bytes) -> bytes:
        bound = f"{self.list_name}\n{self.viewer}\n".encode()
        return hmac.digest(secret, bound + payload, "sha256")[:MAC_BYTES]
