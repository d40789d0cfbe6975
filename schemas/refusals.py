"""What is refused of accounts and posts, and why: the errors of errors.py that say what stands against a request."""

from schemas.errors import FieldError, NotFound, PhotologError, ValidationFailed


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
