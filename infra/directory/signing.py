"""The signature of an upload's URL, and its check: an HMAC over all that the request may not change."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from urllib.parse import urlencode

from commands.ports import Presigned
from infra.http.refusals import RequestExpired, SignatureDoesNotMatch
from schemas.ids import Millis

LIFETIME_S = 15 * 60
CHECKSUM_HEADER = "x-amz-checksum-sha256"
FREE_KEY = {"If-None-Match": "*"}
"""What every upload says, as it would have to say to S3: it takes a free key only. A part takes none."""
_PURPOSE = "photolog object request"
"""What this use of the secret is for: no signature made for anything else passes here."""


@dataclass(frozen=True)
class SignedRequest:
    """What a signature covers. `checksum_sha256` is base64, empty if none is asked for; `expires_s` is seconds, UTC."""

    method: str
    key: str
    content_type: str
    size_bytes: int
    checksum_sha256: str
    expires_s: int
    part: tuple[str, int] | None = None
    """Of which upload, and which; None for an upload as a whole."""


def sign(secret: bytes, request: SignedRequest) -> str:
    """The signature, in hex."""
    *whole, part = astuple(request)
    signed = json.dumps([_PURPOSE, *whole, *(part or ())])
    return hmac.new(secret, signed.encode(), hashlib.sha256).hexdigest()


def check(secrets: Sequence[bytes], request: SignedRequest, signature: str, now: Millis) -> None:
    """Raises SignatureDoesNotMatch unless it was signed with one of these, or RequestExpired."""
    if not any(hmac.compare_digest(sign(secret, request).encode(), signature.encode()) for secret in secrets):
        raise SignatureDoesNotMatch
    if now >= request.expires_s * 1000:
        raise RequestExpired


@dataclass(frozen=True)
class SignedUrls:
    """Gives out URLs under an origin, and knows them again."""

    origin: str | Callable[[], str]
    secrets: Sequence[bytes]
    """The first signs; what the others signed is good until it expires."""
    clock: Callable[[], Millis]

    def __post_init__(self) -> None:
        if not self.secrets[0]:
            raise ValueError("URLs signed with an empty secret are open to everybody")

    def put(
        self,
        key: str,
        size_bytes: int,
        content_type: str = "",
        checksum_sha256: str = "",
        part: tuple[str, int] | None = None,
    ) -> Presigned:
        """A URL that takes this PUT: of a part, or of a whole under a key that is free."""
        expires_s = self.clock() // 1000 + LIFETIME_S
        request = SignedRequest("PUT", key, content_type, size_bytes, checksum_sha256, expires_s, part)
        query = {"expires": str(expires_s), "signature": sign(self.secrets[0], request)}
        if part is not None:
            query |= {"uploadId": part[0], "partNumber": str(part[1])}
        said = {"Content-Length": str(size_bytes), **_given(request), **(FREE_KEY if part is None else {})}
        return Presigned(self.at(f"objects/{key}?{urlencode(query)}"), said, expires_s * 1000)

    def authorize(self, request: SignedRequest, signature: str) -> None:
        """Raises SignatureDoesNotMatch or RequestExpired unless this very request was given out."""
        check(self.secrets, request, signature, self.clock())

    def at(self, path: str) -> str:
        """The absolute URL of a path."""
        origin = self.origin if isinstance(self.origin, str) else self.origin()
        return f"{origin.rstrip('/')}/{path}"


def _given(request: SignedRequest) -> Mapping[str, str]:
    """The headers that a request is signed with, where it has them."""
    headers = {"Content-Type": request.content_type, CHECKSUM_HEADER: request.checksum_sha256}
    return {name: value for name, value in headers.items() if value}
