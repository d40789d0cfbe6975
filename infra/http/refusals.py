"""How an object store refuses a request: S3's codes, status and XML body. Raised by its parts, sent by media.py."""

from typing import ClassVar
from xml.sax.saxutils import escape


class Refusal(Exception):
    """A request that is refused as S3 would refuse it."""

    status: ClassVar[int]
    code: ClassVar[str]
    message: ClassVar[str]
    retry_after: ClassVar[int | None] = None
    """Seconds, for what may turn out otherwise by then."""

    def headers(self) -> dict[str, str]:
        """Headers that belong to the answer."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}

    def xml(self) -> str:
        """The body of the answer."""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{escape(self.code)}</Code><Message>{escape(self.message)}</Message></Error>"
        )


class AccessDenied(Refusal):
    status, code, message = 403, "AccessDenied", "Access Denied"


class RequestExpired(Refusal):
    status, code, message = 403, "AccessDenied", "Request has expired"


class SignatureDoesNotMatch(Refusal):
    status, code = 403, "SignatureDoesNotMatch"
    message = "The method, key, headers and expiry of this request are not those that were signed"


class InvalidKey(Refusal):
    status, code, message = 400, "InvalidURI", "This is not an object key"


class MissingContentLength(Refusal):
    status, code, message = 411, "MissingContentLength", "The Content-Length header is needed"


class IncompleteBody(Refusal):
    status, code = 400, "IncompleteBody"
    message = "The body is shorter than the Content-Length header says"


class EntityTooLarge(Refusal):
    status, code = 400, "EntityTooLarge"
    message = "The body is longer than the Content-Length header says"


class BadDigest(Refusal):
    status, code = 400, "BadDigest"
    message = "The SHA-256 of the body is not the one in x-amz-checksum-sha256"


class PreconditionFailed(Refusal):
    status, code, message = 412, "PreconditionFailed", "This key is taken: what was sent before is there"


class RequestTimeout(Refusal):
    status, code, message = 400, "RequestTimeout", "The body did not arrive in time"


class NoSuchKey(Refusal):
    status, code, message = 404, "NoSuchKey", "There is nothing under this key"


class NoSuchUpload(Refusal):
    status, code, message = 404, "NoSuchUpload", "This upload is over: its parts were joined, or it was given up"


class InvalidRange(Refusal):
    status, code, message = 416, "InvalidRange", "The object has no such bytes"


class Deleted(Refusal):
    status, code, message = 410, "Gone", "This was deleted"


class NoSpaceLeft(Refusal):
    status, code, message, retry_after = 503, "ServiceUnavailable", "There is no space left to write", 1


class SlowDown(Refusal):
    status, code, message, retry_after = 503, "SlowDown", "The store does not answer; please try again shortly", 1
