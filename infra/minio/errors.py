"""What minio-py and urllib3 raise, in the terms of schemas.errors. The only place that knows."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from minio.error import InvalidResponseError, MinioAdminException, MinioException, S3Error, ServerError
from urllib3.exceptions import HTTPError

from schemas.errors import NotFound, StorageFull, Unavailable

_FULL = {"XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"}
_BUSY = {"SlowDown", "RequestTimeout", "RequestTimeTooSkewed", "OperationAborted", "ConditionalRequestConflict"}
_SERVER_FAILS = 500


class OutOfRange(Exception):
    """The object has no byte of the range that was asked for."""


class Changed(Exception):
    """The object, or a part of it, is not the one that was asked for any more."""


class Tampered(Exception):
    """The store has an object, or a page of a listing with one, that it cannot read itself.

    A client can bring this about on MinIO, for its own upload, by headers that are meant for replication.
    """


@contextmanager
def translated() -> Iterator[None]:
    """Raises NotFound, OutOfRange, Changed, StorageFull or Unavailable for what may happen to a sound program.

    What is left, a denied access or a bucket that is not there, is wrong set-up: it goes through as it is.
    """
    try:
        yield
    except MinioException as error:
        meaning = _meaning(error)
        if meaning is None:
            raise
        raise meaning from error
    except HTTPError as error:
        raise Unavailable("the object store does not answer") from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull from error
        raise


def _meaning(error: MinioException) -> NotFound | Unavailable | OutOfRange | Changed | None:
    code = error.code if isinstance(error, S3Error) else None
    if code in {"NoSuchKey", "NoSuchUpload"}:
        return NotFound()
    if code in {"PreconditionFailed", "InvalidPart"}:
        return Changed()
    if code == "InvalidRange":
        return OutOfRange()
    if code in _FULL:
        return StorageFull()
    if code in _BUSY or _status(error) >= _SERVER_FAILS:
        return Unavailable("the object store cannot serve this now")
    return None


def _status(error: MinioException) -> int:
    match error:
        case S3Error():
            return error.response.status
        case ServerError():
            return error.status_code
        case InvalidResponseError():
            return error._code  # the only way to tell a proxy's 502 from a wrong address
        case MinioAdminException():
            return int(error._code)
    return 0
