"""A browsers' push service as far as its wire goes (RFC 8030), and the browsers that are subscribed there: they open
what they are sent (RFC 8291) and look who it is from (RFC 8292)."""

import asyncio
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

import http_ece
import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.push.fcm import requests, written
from tests.push.said import Asked, Gateway, Reply

CONTACT = "mailto:push@photolog-tests.example"
LONGEST_S = 24 * 3600
TOPIC_CHARS = 32


@dataclass(frozen=True)
class Browser:
    """One that is subscribed."""

    token: str
    private: ec.EllipticCurvePrivateKey
    secret: bytes


@dataclass
class Web:
    """One push service, and the key that its browsers subscribed to."""

    gateway: Gateway
    key: ec.EllipticCurvePublicKey
    origin: str = ""
    browsers: dict[str, Browser] = field(default_factory=dict)
    """By name, which is the end of the path."""

    def subscribe(self, name: str) -> str:
        """The token of a browser, the same whenever it is asked for."""
        if name not in self.browsers:
            private, secret = ec.generate_private_key(ec.SECP256R1()), name.encode().ljust(16, b"-")[:16]
            keys = {"p256dh": _text(point(private.public_key())), "auth": _text(secret)}
            said = {"endpoint": f"{self.origin}/push/{name}", "expirationTime": None, "keys": keys}
            self.browsers[name] = Browser(_text(orjson.dumps(said)), private, secret)
        return self.browsers[name].token

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of many requests."""
        async for path, headers, body in requests(reader, writer):
            writer.write(written(self._answer(path, headers, body)))

    def _answer(self, path: str, headers: dict[str, str], body: bytes) -> Reply:
        browser = self.browsers.get(path.removeprefix("/push/"))
        if browser is None:
            return Reply(404)
        if refusal := self._refusal(headers):
            return refusal
        opened = http_ece.decrypt(body, private_key=browser.private, auth_secret=browser.secret, version="aes128gcm")
        reply = self.gateway.answer(Asked(browser.token, headers["topic"], headers, orjson.loads(opened)))
        return Reply(201) if reply.status == 200 else reply

    def _refusal(self, headers: dict[str, str]) -> Reply | None:
        """As services refuse what the standards forbid."""
        scheme, _, said = headers.get("authorization", "").partition(" ")
        words = dict(word.split("=", 1) for word in said.split(", "))
        if scheme != "vapid" or words.get("k") != _text(point(self.key)):
            return Reply(403)
        claims = jwt.decode(words["t"], self.key, ["ES256"], audience=self.origin)
        if claims["sub"] != CONTACT or claims["exp"] > time.time() + LONGEST_S:
            return Reply(403)
        if headers.get("content-encoding") != "aes128gcm" or not headers.get("ttl", "").isdigit():
            return Reply(400)
        return Reply(400) if len(headers.get("topic", "")) > TOPIC_CHARS else None


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
