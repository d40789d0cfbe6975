"""FcmGateway: the PushGateway port to Google's push service (HTTP v1, OAuth 2.0 with a service account)."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx
import jwt
import orjson

from infra.push.asking import Asking, is_good, said
from infra.push.pauses import Pauses
from processors.push_ports import Push, Refused, Unregistered
from schemas.errors import Unavailable
from schemas.ids import Millis

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTED_S, EARLY_S = 3600, 60
FOR_GOOD = ("INVALID_ARGUMENT", "SENDER_ID_MISMATCH")


@dataclass(frozen=True)
class ServiceAccount:
    """Whom Google knows the server by; from the JSON file that it gives out."""

    project: str
    email: str
    private_pem: str = field(repr=False)
    token_url: str

    @classmethod
    def read(cls, content: str) -> "ServiceAccount":
        """Raises ValueError for what is no such file."""
        try:
            found = orjson.loads(content)
            return cls(found["project_id"], found["client_email"], found["private_key"], found["token_uri"])
        except (orjson.JSONDecodeError, LookupError, TypeError):
            raise ValueError("this is not the JSON file of a service account") from None


class FcmGateway:
    """The gateway of one project."""

    def __init__(
        self, url: str, account: ServiceAccount, asking: Asking, clock: Callable[[], float] = time.time
    ) -> None:
        self._url = f"{url.rstrip('/')}/v1/projects/{account.project}/messages:send"
        self._account = account
        self._asking = asking
        self._clock = clock
        self._pauses = Pauses()
        self._access: tuple[str, float] | None = None

    async def push(self, token: str, push: Push) -> None:
        """One request, and one for an access token now and then."""
        self._pauses.check(token)
        headers = {"Authorization": f"Bearer {await self._access_token()}", "Content-Type": "application/json"}
        now = int(self._clock() * 1_000)
        answer = await self._asking.post(self._url, headers, content=orjson.dumps(message(token, push, now)))
        if not is_good(answer):
            self._refused(answer)

    def _refused(self, answer: httpx.Response) -> None:
        status, code = answer.status_code, error_code(answer)
        if code == "UNREGISTERED":
            raise Unregistered
        if code in FOR_GOOD:
            raise Refused(code)
        if status == HTTPStatus.UNAUTHORIZED:
            self._access = None
        self._pauses.heed(answer.headers.get("retry-after"))
        raise Unavailable(f"fcm does not take this now: {status} {code}")

    async def _access_token(self) -> str:
        now, account = self._clock(), self._account
        if self._access is None or now >= self._access[1]:
            claims = {"iss": account.email, "scope": SCOPE, "aud": account.token_url, "iat": int(now)}
            assertion = jwt.encode({**claims, "exp": int(now) + ASSERTED_S}, account.private_pem, "RS256")
            answer = await self._asking.post(account.token_url, {}, data={"grant_type": GRANT, "assertion": assertion})
            found = said(answer)
            if not is_good(answer) or not isinstance(found.get("access_token"), str):
                self._pauses.heed(answer.headers.get("retry-after"))
                raise Unavailable(f"fcm gives no access token: {answer.status_code}")
            self._access = (found["access_token"], now + float(found.get("expires_in", ASSERTED_S)) - EARLY_S)
        return self._access[0]


def message(token: str, push: Push, now: Millis) -> dict[str, Any]:
    """The app has the words, as `push_like` and the like in its own languages; an argument is who did it.

    The event's id is the tag, under which a repeat replaces what is shown. It is not the collapse key: of those a phone
    that is away keeps four, and other notifications would be lost.
    """
    shown = {"body_loc_key": f"push_{push.kind}", "body_loc_args": [push.actor] if push.actor else []}
    left = max(0, push.until - now) // 1_000
    android = {"ttl": f"{left}s", "priority": "HIGH", "notification": {**shown, "tag": push.event_id}}
    return {"message": {"token": token, "data": {**push.told, "collapse_id": push.event_id}, "android": android}}


def error_code(answer: httpx.Response) -> str:
    """The code of the service itself if it is said, else the general status."""
    error = said(answer).get("error")
    if not isinstance(error, dict):
        return ""
    details = [one for one in error.get("details", ()) if isinstance(one, dict)]
    return str(next((one["errorCode"] for one in details if "errorCode" in one), error.get("status", "")))
