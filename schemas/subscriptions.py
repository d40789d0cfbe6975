"""Subscriptions of browsers (W3C Push API), in tokens of devices: where one is told, and what only it can open."""

from base64 import urlsafe_b64decode
from binascii import Error
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import orjson

POINT_BYTES, SECRET_BYTES = 65, 16
"""An uncompressed point of P-256, and what authenticates whoever pushes (RFC 8291)."""
UNCOMPRESSED = 4


@dataclass(frozen=True)
class Subscription:
    """Of one browser."""

    endpoint: str = field(repr=False)
    """An https URL of its push service; who has it may push."""
    p256dh: bytes = field(repr=False)
    auth: bytes = field(repr=False)

    @property
    def origin(self) -> str:
        """Of the push service."""
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def host(self) -> str:
        """In lower case, without a port."""
        return urlsplit(self.endpoint).hostname or ""


def read_subscription(token: str) -> Subscription:
    """From base64url of the JSON that a PushSubscription makes of itself. Raises ValueError, which never quotes it."""
    try:
        said = orjson.loads(_decoded(token))
        endpoint, keys = said["endpoint"], said["keys"]
        point, secret = _decoded(keys["p256dh"]), _decoded(keys["auth"])
        parts = urlsplit(endpoint)
        good = (parts.scheme, bool(parts.hostname), parts.username, len(point), point[:1], len(secret))
        if good != ("https", True, None, POINT_BYTES, bytes([UNCOMPRESSED]), SECRET_BYTES) or parts.port == 0:
            raise ValueError
    except (ValueError, LookupError, TypeError, AttributeError, Error):
        raise ValueError("this is not base64url of the JSON of a PushSubscription") from None
    return Subscription(endpoint, point, secret)


def _decoded(said: str) -> bytes:
    """base64url, with or without its padding."""
    return urlsafe_b64decode(said.rstrip("=") + "=" * (-len(said.rstrip("=")) % 4))
