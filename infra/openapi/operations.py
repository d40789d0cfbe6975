"""Every call as the OpenAPI document names it, and what its route does not say: refusals and headers of its own."""

from dataclasses import dataclass

from pydantic import BaseModel

from schemas.accounts import PasswordGrant, RefreshGrant, Revocation
from schemas.errors import Gone, NotFound, PhotologError, RateLimited, TooLarge, UnsupportedType
from schemas.refusals import (
    CannotBlockSelf,
    CannotFollowSelf,
    NotFollowing,
    NotYours,
    PartsMissing,
    TooManyBells,
    TooManyFollows,
    UnknownAccount,
    UnknownAvatar,
    UnknownComment,
    UnknownDevice,
    UnknownPost,
    UnknownSession,
    UploadMissing,
    UsernameTaken,
)

Refusals = tuple[type[PhotologError], ...]
LIMITED = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
"""What answers say whose number in a minute is limited; not while nobody counts."""


@dataclass(frozen=True)
class Operation:
    """One call. What follows from its parameters, its body and its token need not be said: see refusals.py."""

    id: str
    """As a method of a generated client is called."""
    summary: str
    refusals: Refusals = ()
    always: tuple[str, ...] = ()
    """Headers that a good answer has, beside those that every answer of its kind has."""
    at_times: tuple[str, ...] = ()
    """Headers that a good answer may have."""
    tag: str = ""
    """Where it is listed, if not with the others of its router."""
    forms: tuple[type[BaseModel], ...] = ()
    """The body, of which it is one, where it is a form of OAuth 2.0, whose errors are its own too."""


OPERATIONS = {
    "POST /accounts": Operation("signUp", "Open an account", (UsernameTaken,)),
    "POST /accounts/recover": Operation("recoverAccount", "Ask for another password by mail"),
    "POST /accounts/recover/confirm": Operation("confirmRecovery", "Choose another password"),
    "GET /me": Operation("getMe", "The own profile", tag="accounts"),
    "PATCH /me": Operation("updateMe", "Change the own profile"),
    "POST /oauth/token": Operation(
        "createToken", "Log in, or go on with a session", (RateLimited,), forms=(PasswordGrant, RefreshGrant)
    ),
    "POST /oauth/revoke": Operation("revokeToken", "Log out", forms=(Revocation,)),
    "GET /me/sessions": Operation("listSessions", "Where one is logged in"),
    "DELETE /me/sessions/{session_id}": Operation("endSession", "Log out elsewhere", (UnknownSession,)),
    "POST /me/password": Operation("changePassword", "Change the password"),
    "POST /me/avatar": Operation(
        "createAvatar", "Reserve an avatar and get its upload URL", (TooLarge, UnsupportedType), at_times=LIMITED
    ),
    "POST /me/avatar/{avatar_id}/complete": Operation(
        "completeAvatar", "Say that an avatar is uploaded", (UnknownAvatar, UploadMissing), always=("Retry-After",)
    ),
    "GET /me/avatar/{avatar_id}/status": Operation(
        "getAvatarStatus", "How far an avatar is", (UnknownAvatar,), at_times=("Log-Position", "Retry-After")
    ),
    "DELETE /me/avatar": Operation("deleteAvatar", "Show no avatar"),
    "POST /me/email": Operation("changeEmail", "Ask to confirm an address"),
    "POST /me/email/confirm": Operation("confirmEmail", "Confirm an address"),
    "GET /users/{user_id}": Operation("getUser", "A profile", (UnknownAccount,)),
    "GET /users/{user_id}/followers": Operation("listFollowers", "Who follows an account", (UnknownAccount,)),
    "GET /users/{user_id}/following": Operation("listFollowing", "Whom an account follows", (UnknownAccount,)),
    "GET /users/{user_id}/feed": Operation("listUserPosts", "An account's posts", (UnknownAccount,)),
    "GET /feed": Operation("getFeed", "The own feed", at_times=("Photolog-Degraded",)),
    "POST /follow/{user_id}": Operation(
        "followUser",
        "Follow an account",
        (UnknownAccount, CannotFollowSelf, TooManyFollows),
        at_times=LIMITED,
    ),
    "DELETE /follow/{user_id}": Operation(
        "unfollowUser", "Follow an account no longer", (UnknownAccount, CannotFollowSelf)
    ),
    "POST /follows": Operation(
        "createFollow",
        "Follow the account in the body",
        (UnknownAccount, CannotFollowSelf, TooManyFollows),
        at_times=LIMITED,
    ),
    "POST /blocks/{user_id}": Operation("blockUser", "Block an account", (UnknownAccount, CannotBlockSelf)),
    "DELETE /blocks/{user_id}": Operation(
        "unblockUser", "Block an account no longer", (UnknownAccount, CannotBlockSelf)
    ),
    "GET /blocks": Operation("listBlocks", "Whom one has blocked"),
    "POST /bells/{user_id}": Operation(
        "addBell", "Be told of a followee's new posts", (UnknownAccount, CannotFollowSelf, NotFollowing, TooManyBells)
    ),
    "DELETE /bells/{user_id}": Operation("removeBell", "Be told of them no longer", (UnknownAccount, CannotFollowSelf)),
    "GET /bells": Operation("listBells", "Of whose new posts one is told"),
    "POST /likes/{post_id}": Operation("likePost", "Like a post", (UnknownPost, Gone)),
    "DELETE /likes/{post_id}": Operation("unlikePost", "Take a like back", (UnknownPost, Gone)),
    "GET /notifications": Operation("listNotifications", "What others did that concerns one"),
    "POST /notifications/read": Operation("readNotifications", "Have read up to a notification"),
    "POST /posts": Operation(
        "createPost", "Reserve a post and get its upload URL", (TooLarge, UnsupportedType), at_times=LIMITED
    ),
    "GET /posts/{post_id}": Operation("getPost", "A published post", (UnknownPost, Gone)),
    "PATCH /posts/{post_id}": Operation("updatePost", "Describe a post otherwise", (UnknownPost, NotYours, Gone)),
    "DELETE /posts/{post_id}": Operation("deletePost", "Delete a post", (UnknownPost, NotYours, Gone)),
    "GET /posts/{post_id}/upload": Operation(
        "renewUpload", "A fresh upload URL", (UnknownPost, NotYours, Gone), always=("Log-Position",)
    ),
    "POST /posts/{post_id}/complete": Operation(
        "completePost",
        "Say that a photo is uploaded",
        (UnknownPost, NotYours, Gone, UploadMissing, PartsMissing),
        always=("Retry-After",),
    ),
    "GET /posts/{post_id}/status": Operation(
        "getPostStatus", "How far an upload is", (UnknownPost, NotYours), at_times=("Log-Position", "Retry-After")
    ),
    "GET /posts/{post_id}/likes": Operation("listLikes", "Who likes a post", (UnknownPost, Gone)),
    "GET /posts/{post_id}/comments": Operation("listComments", "What is said under a post", (UnknownPost, Gone)),
    "POST /posts/{post_id}/comments": Operation(
        "createComment", "Comment on a post", (UnknownPost, Gone), at_times=LIMITED
    ),
    "DELETE /comments/{comment_id}": Operation("deleteComment", "Delete a comment", (UnknownComment, NotYours, Gone)),
    "PUT /devices/{token}": Operation("registerDevice", "Have a device told of what concerns one", (NotFound,)),
    "DELETE /devices/{token}": Operation("removeDevice", "Have a device told no more", (UnknownDevice, NotYours)),
    "POST /reports": Operation(
        "createReport",
        "Report a post, a comment or an account",
        (UnknownPost, UnknownComment, UnknownAccount, Gone),
        at_times=LIMITED,
    ),
    "POST /views": Operation("reportViews", "Say which posts were seen", at_times=LIMITED),
    "GET /hashtag/{tag}": Operation("listTagged", "Posts with a tag", (NotFound,)),
    "GET /search": Operation("findByWords", "Find posts or accounts"),
    "GET /healthz": Operation("getHealth", "Whether the process is alive"),
    "GET /readyz": Operation("getReadiness", "Whether the process may serve"),
}
