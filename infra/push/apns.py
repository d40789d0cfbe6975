"""ApnsGateway: the PushGateway port to Apple's push service (HTTP/2, provider tokens signed with ES256)."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx
import jwt
import orjson

from infra.push.asking import Asking, is_good, said
from infra.push.pauses import EVERYBODY, Pauses
from processors.push_ports import Push, Refused, Unregistered
from schemas.errors import Unavailable

TOKEN_S = 40 * 60
"""A provider token is refused after an hour, and one that is renewed within 20 minutes, too."""
FOR_GOOD = (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


@dataclass(frozen=True)
class ApnsKey:
    """What Apple knows the provider by: a key of the developer's account, and the app that is told."""

    private_pem: str = field(repr=False)
    key_id: str
    team: str
    topic: str


class ApnsGateway:
    """The gateway of one app."""

    def __init__(self, url: str, key: ApnsKey, asking: Asking, clock: Callable[[], float] = time.time) -> None:
        """`asking` speaks HTTP/2."""
        self._url = url.rstrip("/")
        self._key = key
        self._asking = asking
        self._clock = clock
        self._pauses = Pauses()
        self._provider: tuple[str, float] | None = None

    async def push(self, token: str, push: Push) -> None:
        """One request."""
        self._pauses.check(token)
        headers = {
            "authorization": f"bearer {self._provider_token()}",
            "apns-topic": self._key.topic,
            "apns-push-type": "alert",
            "apns-priority": "10",
            "apns-collapse-id": push.event_id,
            "apns-expiration": str(push.until // 1_000),
        }
        body = orjson.dumps(payload(push))
        answer = await self._asking.post(f"{self._url}/3/device/{token}", headers, content=body)
        if not is_good(answer):
            self._refused(answer, token)

    def _refused(self, answer: httpx.Response, token: str) -> None:
        status, reason = answer.status_code, str(said(answer).get("reason", ""))
        if status == HTTPStatus.GONE:
            raise Unregistered
        if status in FOR_GOOD:
            raise Refused(reason or str(status))
        if reason == "ExpiredProviderToken":
            self._provider = None
        # Too many for one device is no reason to keep the others waiting.
        whom = token if status == HTTPStatus.TOO_MANY_REQUESTS and reason == "TooManyRequests" else EVERYBODY
        self._pauses.heed(answer.headers.get("retry-after"), whom)
        raise Unavailable(f"apns does not take this now: {status} {reason}")

    def _provider_token(self) -> str:
        now = self._clock()
        if self._provider is None or now >= self._provider[1] + TOKEN_S:
            key = self._key
            claims = {"iss": key.team, "iat": int(now)}
            self._provider = (jwt.encode(claims, key.private_pem, "ES256", headers={"kid": key.key_id}), now)
        return self._provider[0]


def payload(push: Push) -> dict[str, Any]:
    """The app has the words, as `push.like` and the like in its own languages; an argument is who did it."""
    alert = {"loc-key": f"push.{push.kind}", "loc-args": [push.actor] if push.actor else []}
    return {"aps": {"alert": alert, "sound": "default", "thread-id": push.post_id or push.kind}, **push.told}
