"""The signature of an upload's URL, and its check: an HMAC over all that the request may not change. Pure."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from infra.http.refusals import RequestExpired, SignatureDoesNotMatch
from schemas.ids import Millis

LIFETIME_S = 15 * 60
CHECKSUM_HEADER = "x-amz-checksum-sha256"
FREE_KEY = {"If-None-Match": "*"}
"""What every upload says, as it would have to say to S3: it takes a free key only."""
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


def sign(secret: bytes, request: SignedRequest) -> str:
    """The signature, in hex."""
    signed = json.dumps([_PURPOSE, *astuple(request)])
    return hmac.new(secret, signed.encode(), hashlib.sha256).hexdigest()


def check(secrets: Sequence[bytes], request: SignedRequest, signature: str, now: Millis) -> None:
    """Raises SignatureDoesNotMatch unless it was signed with one of these, or RequestExpired."""
    if not any(hmac.compare_digest(sign(secret, request).encode(), signature.encode()) for secret in secrets):
        raise SignatureDoesNotMatch
    if now >= request.expires_s * 1000:
        raise RequestExpired
