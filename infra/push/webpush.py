"""WebPushGateway: the PushGateway port to browsers, through whichever push service each of them has.

RFC 8030 (the request), 8291 (what only the browser can open) and 8292 (VAPID: as whom we ask).
"""

import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

import http_ece
import httpx
import jwt
import orjson
from cachetools import TTLCache
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from infra.push.asking import Asking
from infra.push.pauses import Pauses
from processors.push_ports import Push, Refused, Unregistered
from schemas.errors import Unavailable
from schemas.subscriptions import Subscription, read_subscription

SIGNED_S, KEPT_S = 12 * 3600, 6 * 3600
"""A signature may be good for a day; one is used again for half of the time that it is."""
SERVICES = 100
GOOD = (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED)
GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
FOR_GOOD = (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
"""Forbidden: it was subscribed under another key than ours."""


@dataclass(frozen=True)
class WebPushKey:
    """As whom a site pushes. Browsers subscribe to its public half."""

    private: ec.EllipticCurvePrivateKey = field(repr=False)
    contact: str

    @classmethod
    def read(cls, pem: str, contact: str) -> "WebPushKey":
        """Raises ValueError for what is no private key of P-256."""
        private = load_pem_private_key(pem.encode(), None)
        if not (isinstance(private, ec.EllipticCurvePrivateKey) and isinstance(private.curve, ec.SECP256R1)):
            raise ValueError("this is not a key of the curve P-256")
        return cls(private, contact)

    @classmethod
    def made(cls) -> "WebPushKey":
        """A new one, which nobody answers for yet."""
        return cls(ec.generate_private_key(ec.SECP256R1()), "")

    @property
    def pem(self) -> str:
        """The private half, as `read` takes it."""
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def public(self) -> str:
        """base64url, as `applicationServerKey` has it."""
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return urlsafe_b64encode(point).rstrip(b"=").decode()


class WebPushGateway:
    """The services that are named, and no other host: whoever has an account says which URL is to be asked."""

    def __init__(
        self, services: Sequence[str], key: WebPushKey, asking: Asking, clock: Callable[[], float] = time.time
    ) -> None:
        """`services`: hosts, good with everything below them."""
        self._services = services
        self._key = key
        self._asking = asking
        self._clock = clock
        self._pauses = Pauses()
        self._signed: TTLCache[str, str] = TTLCache(SERVICES, KEPT_S)

    async def push(self, token: str, push: Push) -> None:
        """One request."""
        to = self._subscription(token)
        self._pauses.check(to.origin)
        headers = {
            "Authorization": f"vapid t={self._signature(to.origin)}, k={self._key.public}",
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(max(0, push.until - int(self._clock() * 1_000)) // 1_000),
            "Topic": push.event_id,
            "Urgency": "normal",
        }
        answer = await self._asking.post(to.endpoint, headers, content=sealed(payload(push), to))
        if answer.status_code not in GOOD:
            self._refused(answer, to.origin)

    def _subscription(self, token: str) -> Subscription:
        try:
            found = read_subscription(token)
        except ValueError:
            raise Refused("no subscription") from None
        if not any(found.host == one or found.host.endswith(f".{one}") for one in self._services):
            raise Refused("not a push service of PHOTOLOG_WEBPUSH_SERVICES")
        return found

    def _refused(self, answer: httpx.Response, origin: str) -> None:
        status = answer.status_code
        if status in GONE:
            raise Unregistered
        if status in FOR_GOOD:
            raise Refused(str(status))
        if status == HTTPStatus.UNAUTHORIZED:
            self._signed.pop(origin, None)
        self._pauses.heed(answer.headers.get("retry-after"), origin)
        raise Unavailable(f"a browser's push service does not take this now: {status}")

    def _signature(self, origin: str) -> str:
        """Good for one service alone."""
        if origin not in self._signed:
            claims = {"aud": origin, "exp": int(self._clock()) + SIGNED_S, "sub": self._key.contact}
            self._signed[origin] = jwt.encode(claims, self._key.private, "ES256")
        return self._signed[origin]


def payload(push: Push) -> bytes:
    """The service worker has the words. The event's id is the tag, under which a repeat replaces what is shown."""
    return orjson.dumps({**push.told, "actor": push.actor, "tag": push.event_id})


def sealed(content: bytes, to: Subscription) -> bytes:
    """What only that browser opens. Raises Refused for a key that is none."""
    own = ec.generate_private_key(ec.SECP256R1())
    try:
        found: bytes = http_ece.encrypt(
            content, private_key=own, dh=to.p256dh, auth_secret=to.auth, version="aes128gcm"
        )
    except ValueError:
        raise Refused("its key is none") from None
    return found
