"""The one error tree: stable codes, HTTP status, and the RFC 9457 body. Raised everywhere, caught at the edge."""

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


class WrongPassword(ValidationFailed):
    """A password that its account must give again. `field` is where the body has it."""

    def __init__(self, field: str) -> None:
        super().__init__([FieldError(field, "is not the password of this account")])


class ConfirmationUsed(ValidationFailed):
    """A confirmation token that was good for an earlier confirmation of this account."""

    def __init__(self) -> None:
        super().__init__([FieldError("token", "was used, or another address was confirmed since")])


class CannotFollowSelf(PhotologError):
    code, status, title = "cannot_follow_self", 422, "Nobody follows themselves"

    def __init__(self) -> None:
        super().__init__(errors=[{"field": "user_id", "message": "is your own account"}])


class CannotBlockSelf(PhotologError):
    code, status, title = "cannot_block_self", 422, "Nobody blocks themselves"

    def __init__(self) -> None:
        super().__init__(errors=[{"field": "user_id", "message": "is your own account"}])


class TooManyFollows(PhotologError):
    """`limit` is how many accounts one may follow. Not final: whoever unfollows somebody has room again."""

    code, status, title, final = "too_many_follows", 422, "This account follows as many as it may", False

    def __init__(self, limit: int) -> None:
        said = f"an account follows at most {limit:,} others: unfollow one first"
        super().__init__(said, limit=limit, errors=[{"field": "user_id", "message": f"would be one above {limit:,}"}])


class NotFollowing(PhotologError):
    """Not final: whoever follows the account can say it again."""

    code, status, title, final = "not_following", 409, "Only of accounts that one follows", False


class TooManyBells(PhotologError):
    """`limit` is on how many accounts one may have a bell. Not final: whoever takes one off has room again."""

    code, status, title, final = "too_many_bells", 422, "This account has as many bells as it may", False

    def __init__(self, limit: int) -> None:
        said = f"an account is told of the posts of at most {limit:,} others: take one bell off first"
        super().__init__(said, limit=limit, errors=[{"field": "user_id", "message": f"would be one above {limit:,}"}])


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


class UnknownAccount(NotFound):
    title = "There is no such account"


class UnknownAvatar(NotFound):
    title = "You have no such avatar"


class UnknownSession(NotFound):
    title = "You have no such session"


class UnknownDevice(NotFound):
    title = "There is no such device"


class UnknownPost(NotFound):
    title = "There is no such post"


class UnknownComment(NotFound):
    title = "There is no such comment"


class UnknownLetter(NotFound):
    title = "There is no such dead letter"


class UnknownCelebrity(NotFound):
    title = "This account is no celebrity, and never was"


class MethodNotAllowed(PhotologError):
    code, status, title = "method_not_allowed", 405, "This path does not take this method"


class RequestTimeout(PhotologError):
    code, status, title = "request_timeout", 408, "The request did not arrive in time"


class Gone(PhotologError):
    code, status, title = "gone", 410, "This was deleted"


class NotYours(PhotologError):
    code, status, title = "not_yours", 403, "This belongs to someone else"


class Suspended(PhotologError):
    """Whoever acts may read, and be told why; a moderator may reinstate them."""

    code, status, title, final = "account_suspended", 403, "This account is suspended and cannot change anything", False


class UsernameTaken(PhotologError):
    code, status, title = "username_taken", 409, "This username is taken"


class UploadMissing(PhotologError):
    code, status, title, final = "upload_missing", 409, "The photo has not been uploaded yet", False


class PartsMissing(PhotologError):
    """`missing` are the numbers of parts that are not there, or not as the client says."""

    code, status, title, final = "parts_missing", 409, "Parts of the photo have not been uploaded yet", False

    def __init__(self, missing: list[int]) -> None:
        super().__init__(missing=missing)


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
