"""AWS Signature Version 4 in a URL's query, over every header that the client must send. Pure.

minio-py signs the host alone, which leaves a body's length and type open. Source: the S3 API reference,
"Authenticating Requests: Using Query Parameters".
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import SplitResult, quote

from infra.minio.site import REGION, Access

LIFETIME_S = 15 * 60
_ALGORITHM = "AWS4-HMAC-SHA256"


def sign_url(
    method: str,
    url: SplitResult,
    headers: Mapping[str, str],
    access: Access,
    now_s: int,
    more: Mapping[str, str] | None = None,
) -> str:
    """The URL with its signature, good until `now_s + LIFETIME_S`. The path must not need escaping, as no key does.

    `more` is what else is in its query.
    """
    signed = {"host": url.netloc, **{name.lower(): value for name, value in headers.items()}}
    names = ";".join(sorted(signed))
    time = datetime.fromtimestamp(now_s, UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{time[:8]}/{REGION}/s3/aws4_request"
    parameters = {
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Credential": f"{access.user}/{scope}",
        "X-Amz-Date": time,
        "X-Amz-Expires": str(LIFETIME_S),
        "X-Amz-SignedHeaders": names,
        **(more or {}),
    }
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in sorted(parameters.items()))
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    request = f"{method}\n{url.path}\n{query}\n{lines}\n{names}\nUNSIGNED-PAYLOAD"
    to_sign = f"{_ALGORITHM}\n{time}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    return url._replace(query=f"{query}&X-Amz-Signature={_signature(access.password, scope, to_sign)}").geturl()


def _signature(password: str, scope: str, to_sign: str) -> str:
    key = f"AWS4{password}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, to_sign.encode(), "sha256").hex()
