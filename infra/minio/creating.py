"""The PUT that takes a free key only. Signed here: minio-py makes metadata of `If-None-Match`, and repeats puts."""

import hashlib
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from minio.credentials.credentials import Credentials
from minio.error import S3Error, ServerError
from minio.signer import sign_v4_s3
from minio.time import to_amz_date
from urllib3 import PoolManager

from infra.minio.connection import RETRIES
from infra.minio.site import REGION, Access

ONCE = RETRIES.new(read=0, other=0, status_forcelist=[503])
"""Repeated only if the store did not take it: the second of two puts would find the first, and lose against itself."""


def create(http: PoolManager, url: str, access: Access, content: bytes, content_type: str) -> bool:
    """Stores bytes under a free key; False if it is taken. Blocks. Raises what errors.translated knows."""
    parts = urlsplit(url)
    now, digest = datetime.now(UTC), hashlib.sha256(content).hexdigest()
    headers: dict[str, str | list[str] | tuple[str]] = {
        "Host": parts.netloc,
        "Content-Type": content_type,
        "If-None-Match": "*",
        "x-amz-content-sha256": digest,
        "x-amz-date": to_amz_date(now),
    }
    as_user = Credentials(access.user, access.password)
    signed = sign_v4_s3(
        method="PUT", url=parts, region=REGION, headers=headers, credentials=as_user, content_sha256=digest, date=now
    )
    sent = {name: str(value) for name, value in signed.items()}
    answer = http.request("PUT", url, body=content, headers=sent, retries=ONCE)
    if answer.status == HTTPStatus.OK:
        return True
    if answer.status == HTTPStatus.PRECONDITION_FAILED:
        return False
    if "application/xml" in answer.headers.get("content-type", ""):
        raise S3Error.fromxml(answer)
    raise ServerError(f"a put was answered with status {answer.status}", answer.status)
