"""What is refused of accounts and posts, and why: the errors of errors.py that say what stands against a request."""

from typing import ClassVar

from schemas.errors import FieldError, NotFound, PhotologError, ValidationFailed


class WrongPassword(ValidationFailed):
    """A password that its account must give again. `field` is where the body has it."""

    def __init__(self, field: str) -> None:
        super().__init__([FieldError(field, "is not the password of this account")])


class ConfirmationUsed(ValidationFailed):
    """A confirmation token that was good for an earlier confirmation of this account."""

    def __init__(self) -> None:
        super().__init__([FieldError("token", "was used, or another address was confirmed since")])


class OfOneself(PhotologError):
    """The account that is named may not be one's own."""

    status = 422

    def __init__(self) -> None:
        super().__init__(errors=[{"field": "user_id", "message": "is your own account"}])


class CannotFollowSelf(OfOneself):
    code, title = "cannot_follow_self", "Nobody follows themselves"


class CannotBlockSelf(OfOneself):
    code, title = "cannot_block_self", "Nobody blocks themselves"


class TooMany(PhotologError):
    """`limit` is of how many accounts, `said` what may be done. Not final: whoever gives one up has room again."""

    status, final = 422, False
    said: ClassVar[str]

    def __init__(self, limit: int) -> None:
        errors = [{"field": "user_id", "message": f"would be one above {limit:,}"}]
        super().__init__(self.said.format(limit), limit=limit, errors=errors)


class TooManyFollows(TooMany):
    code, title = "too_many_follows", "This account follows as many as it may"
    said = "an account follows at most {:,} others: unfollow one first"


class TooManyBells(TooMany):
    code, title = "too_many_bells", "This account has as many bells as it may"
    said = "an account is told of the posts of at most {:,} others: take one bell off first"


class NotFollowing(PhotologError):
    """Not final: whoever follows the account can say it again."""

    code, status, title, final = "not_following", 409, "Only of accounts that one follows", False


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
