"""Whether an object store works: asked by the stack of each server that speaks S3."""

from minio import Minio
from minio.error import MinioException, S3Error
from urllib3 import PoolManager, Retry
from urllib3.exceptions import HTTPError

from infra.local.stack.credentials import Credentials

ANSWERS_WITHIN_S = 3.0


def lists_buckets(address: str, credentials: Credentials) -> bool:
    """Asks `host:port` as root: also proves that the credentials are the server's."""
    pool = PoolManager(timeout=ANSWERS_WITHIN_S, retries=Retry(0))
    user, password = credentials.s3_admin_user, credentials.s3_admin_password.read_text()
    try:
        Minio(address, user, password, secure=False, http_client=pool).list_buckets()
    except (MinioException, S3Error, HTTPError):
        return False
    return True
