"""Apple's push gateway as far as its wire goes: HTTP/2 over TLS, a provider token in each request, reasons in JSON."""

import asyncio
import time

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, DataReceived, RequestReceived, StreamEnded

from tests.push.said import Asked, Gateway, Reply

KEY_ID, TEAM, TOPIC = "ABC123DEFG", "DEF123GHIJ", "org.example.photolog"
OLDEST_S = 3600


class Apns(asyncio.Protocol):
    """One connection of many requests."""

    def __init__(self, gateway: Gateway, key: ec.EllipticCurvePublicKey) -> None:
        self._gateway = gateway
        self._key = key
        self._http = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._requests: dict[int, tuple[dict[str, str], bytearray]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._http.initiate_connection()
        self._transport.write(self._http.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self._http.receive_data(data):
            match event:
                case RequestReceived():
                    self._requests[event.stream_id] = (dict(event.headers), bytearray())  # type: ignore[arg-type]
                case DataReceived():
                    self._requests[event.stream_id][1].extend(event.data)
                    self._http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                case StreamEnded():
                    self._answer(event.stream_id, *self._requests.pop(event.stream_id))
                case ConnectionTerminated():
                    self._transport.close()
        self._transport.write(self._http.data_to_send())

    def _answer(self, stream: int, headers: dict[str, str], body: bytearray) -> None:
        reply = self._refusal(headers) or self._gateway.answer(
            Asked(headers[":path"].rpartition("/")[2], headers["apns-collapse-id"], headers, orjson.loads(body))
        )
        said = [(":status", str(reply.status)), *([("retry-after", reply.retry_after)] if reply.retry_after else [])]
        self._http.send_headers(stream, said, end_stream=reply.body is None)
        if reply.body is not None:
            self._http.send_data(stream, orjson.dumps(reply.body), end_stream=True)

    def _refusal(self, headers: dict[str, str]) -> Reply | None:
        """As Apple refuses what its documents forbid."""
        if headers[":method"] != "POST" or not headers[":path"].startswith("/3/device/"):
            return refusal(404, "BadPath")
        if headers.get("apns-topic") != TOPIC or headers.get("apns-push-type") != "alert":
            return refusal(400, "BadTopic")
        if len(headers.get("apns-collapse-id", "")) > 64:
            return refusal(400, "BadCollapseId")
        token = headers.get("authorization", "").removeprefix("bearer ")
        try:
            claims = jwt.decode(token, self._key, ["ES256"], issuer=TEAM)
        except jwt.InvalidTokenError:
            return refusal(403, "InvalidProviderToken")
        if jwt.get_unverified_header(token).get("kid") != KEY_ID:
            return refusal(403, "InvalidProviderToken")
        return refusal(403, "ExpiredProviderToken") if claims["iat"] < time.time() - OLDEST_S else None


def refusal(status: int, reason: str, retry_after: str = "") -> Reply:
    return Reply(status, {"reason": reason}, retry_after)
