"""Google's push gateway as far as its wire goes: HTTP/1.1, an access token for an assertion, errors with codes."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.push.said import Asked, Gateway, Reply

PROJECT, EMAIL = "photolog-tests", "push@photolog-tests.example"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass
class Fcm:
    """One project."""

    gateway: Gateway
    key: rsa.RSAPublicKey
    url: str = ""
    given: set[str] = field(default_factory=set)
    """Access tokens that are good."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of many requests."""
        async for path, headers, body in requests(reader, writer):
            writer.write(written(self._answer(path, headers, body)))

    def _answer(self, path: str, headers: dict[str, str], body: bytes) -> Reply:
        if path == "/token":
            return self._access(parse_qs(body.decode()))
        if headers.get("authorization", "").removeprefix("Bearer ") not in self.given:
            return refusal(401, "UNAUTHENTICATED")
        if path != f"/v1/projects/{PROJECT}/messages:send":
            return refusal(404, "NOT_FOUND")
        message = orjson.loads(body)["message"]
        asked = Asked(message["token"], message["android"]["notification"]["tag"], headers, message)
        reply = self.gateway.answer(asked)
        return Reply(200, {"name": f"projects/{PROJECT}/messages/1"}) if reply.status == 200 else reply

    def _access(self, form: dict[str, list[str]]) -> Reply:
        if form.get("grant_type") != [GRANT]:
            return Reply(400, {"error": "unsupported_grant_type"})
        claims = jwt.decode(form["assertion"][0], self.key, ["RS256"], audience=f"{self.url}/token", issuer=EMAIL)
        if claims["scope"] != "https://www.googleapis.com/auth/firebase.messaging":
            return Reply(400, {"error": "invalid_scope"})
        token = secrets.token_urlsafe()
        self.given.add(token)
        return Reply(200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"})


def refusal(status: int, general: str, code: str = "", retry_after: str = "") -> Reply:
    """`code` is the service's own; others say the general one alone."""
    kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
    details = [{"@type": kind, "errorCode": code}] if code else []
    return Reply(status, {"error": {"code": status, "status": general, "details": details}}, retry_after)


async def requests(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> AsyncIterator[tuple[str, dict[str, str], bytes]]:
    """Path, headers by their lower names, and body of each request of a connection, each answered before the next."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in lines)}
            yield line.split(" ")[1], headers, await reader.readexactly(int(headers.get("content-length", 0)))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
        writer.close()


def written(reply: Reply) -> bytes:
    """As it goes out."""
    body = orjson.dumps(reply.body)
    lines = [f"HTTP/1.1 {reply.status} X", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"Retry-After: {reply.retry_after}"] if reply.retry_after else []
    return "\r\n".join([*lines, "", ""]).encode() + body
