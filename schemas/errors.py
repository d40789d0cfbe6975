"""The one error tree: stable codes, HTTP status, and the RFC 9457 body. Raised everywhere, caught at the edge.

What is refused of accounts and posts is in refusals.py.
"""

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field of a body or query."""

    field: str
    message: str


class PhotologError(Exception):
    """A refusal that a client is meant to see. `detail` is plain English and never holds internals or personal data."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"
    final: ClassVar[bool] = True
    """Whether the same request would be refused again: such answers are kept under an Idempotency-Key."""

    def __init__(self, detail: str = "", *, retry_after: int | None = None, **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail, self.retry_after, self.extra = detail or self.title, retry_after, extra

    def problem(self) -> dict[str, Any]:
        """The `application/problem+json` body."""
        return {
            "type": f"urn:photolog:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.extra,
        }

    def headers(self) -> dict[str, str]:
        """Headers that belong to the answer."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


class Unauthorized(PhotologError):
    status, final = 401, False

    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": f'Bearer error="invalid_token", error_description="{self.code}"'}


class TokenMissing(Unauthorized):
    code, title = "token_invalid", "A bearer token is needed"

    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class TokenInvalid(Unauthorized):
    code, title = "token_invalid", "The token is not valid"


class TokenExpired(Unauthorized):
    code, title = "token_expired", "The token has expired"


class ValidationFailed(PhotologError):
    code, status, title = "validation_failed", 422, "The request is not valid"

    def __init__(self, errors: list[FieldError]) -> None:
        said = "; ".join(f"{error.field}: {error.message}" for error in errors)
        super().__init__(said, errors=[{"field": error.field, "message": error.message} for error in errors])


class IdempotencyKeyReused(PhotologError):
    """No field is at fault: the list that every 422 has is empty."""

    code, status, title = "idempotency_key_reused", 422, "This Idempotency-Key was used with another body"

    def __init__(self) -> None:
        super().__init__(errors=[])


class IdempotencyKeyInUse(PhotologError):
    code, status, final = "idempotency_key_in_use", 409, False
    title = "The first request with this Idempotency-Key still runs"


class NotFound(PhotologError):
    code, status, title = "not_found", 404, "There is nothing here"


class MethodNotAllowed(PhotologError):
    code, status, title = "method_not_allowed", 405, "This path does not take this method"


class RequestTimeout(PhotologError):
    code, status, title = "request_timeout", 408, "The request did not arrive in time"


class Gone(PhotologError):
    code, status, title = "gone", 410, "This was deleted"


class TooLarge(PhotologError):
    code, status, title = "too_large", 413, "This is larger than allowed"


class UnsupportedType(PhotologError):
    code, status, title = "unsupported_type", 415, "This content type is not supported"


class UrlTooLong(PhotologError):
    code, status, title = "url_too_long", 414, "The URL is longer than allowed"


class HeadersTooLarge(PhotologError):
    code, status, title = "headers_too_large", 431, "The headers are larger than allowed"


class BadCursor(PhotologError):
    code, status, title = "bad_cursor", 400, "This cursor is not ours, or belongs to another list"


class BadPosition(PhotologError):
    code, status, title = "bad_position", 400, "This position token is malformed"


class BadRequest(PhotologError):
    code, status, title = "bad_request", 400, "The request cannot be read"


class RateLimited(PhotologError):
    """`reset_at` is when the window ends, in ms since 1970."""

    code, status, title, final = "rate_limited", 429, "Too many attempts", False

    def __init__(self, detail: str = "", *, limit: int, reset_at: int, now: int) -> None:
        super().__init__(detail, retry_after=max(1, -(-(reset_at - now) // 1000)))
        self.limit, self.reset_at = limit, reset_at

    def headers(self) -> dict[str, str]:
        quota = {"Limit": self.limit, "Remaining": 0, "Reset": -(-self.reset_at // 1000)}
        return super().headers() | {f"X-RateLimit-{name}": str(value) for name, value in quota.items()}


class Unavailable(PhotologError):
    code, status, title, final = "overloaded", 503, "Please try again shortly", False

    def __init__(self, detail: str = "", *, retry_after: int = 1) -> None:
        super().__init__(detail, retry_after=retry_after)


class NotYetVisible(Unavailable):
    code, title = "not_yet_visible", "The read models have not reached this position yet"


class StorageFull(Unavailable):
    code, title = "storage_full", "There is no space left to write"
