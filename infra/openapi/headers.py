"""Headers and parameters of the OpenAPI document, each described once and referred to by name."""

from typing import Any

Json = dict[str, Any]
TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "integer"}

HEADERS: dict[str, Json] = {
    "Log-Position": {
        "description": "Where the outcome is visible. Send it as `At-Least-Position` to read what you wrote.",
        "schema": {**TEXT, "maxLength": 256},
    },
    "Photolog-Degraded": {
        "description": "`1` where the page has fewer posts than asked for though there are more: a store is away.",
        "schema": TEXT,
    },
    "Link": {"description": 'The next page, if there is one: `<...>; rel="next"`.', "schema": TEXT},
    "Retry-After": {"description": "Seconds after which to try again.", "schema": {**NUMBER, "minimum": 0}},
    "X-RateLimit-Limit": {"description": "How many attempts a window has.", "schema": NUMBER},
    "X-RateLimit-Remaining": {"description": "How many of them are left.", "schema": NUMBER},
    "X-RateLimit-Reset": {"description": "When the window ends, in seconds since 1970 (UTC).", "schema": NUMBER},
    "WWW-Authenticate": {"description": "`Bearer`, and what is wrong with the token.", "schema": TEXT},
}
PARAMETERS: dict[str, Json] = {
    "Idempotency-Key": {
        "description": (
            "Chosen by the client; for 24 h the same key and body get the first answer again: nothing is done twice."
        ),
        "example": "4f9d1c2e-8a3b-4a54-9a0e-7a6f0b3c1d2e",
    },
    "At-Least-Position": {
        "description": "A `Log-Position`. A read waits up to 5 s until it shows it; a write's own position covers it.",
    },
    "dnt": {"description": "1: nothing is kept.", "example": "1"},
    "sec-gpc": {"description": "1: nothing is kept.", "example": "1"},
    "limit": {"description": "How many items at most."},
    "cursor": {"description": "`next_cursor` of the page before. It is good for this list and this viewer alone."},
    "avatar_id": {"example": "av_0Qk3bXz5t6V"},
    "post_id": {"example": "po_0Qk3bYc1x2Z"},
    "comment_id": {"example": "co_0Qk3bYc1x2Z0Qk3bYc1x2Z"},
    "session_id": {"example": "se_0Qk3bYc1x2Z"},
    "user_id": {"example": "ac_0Qk3bYc1x2Z"},
    "token": {
        "description": "As the push gateway gave it to the device; of a browser, base64url of its subscription's JSON.",
        "example": "f0a1c2" * 10,
    },
    "tag": {"description": "Without its `#`; case and width do not matter.", "example": "fjord"},
    "q": {"description": "Words; accents and case do not matter.", "example": "low tide"},
    "type": {"description": "What is looked for."},
}
BY_NAME = {"GET /users/{user_id}": "An id, or @ and a username."}
SHARED = {
    "Idempotency-Key": "IdempotencyKey",
    "At-Least-Position": "AtLeastPosition",
    "limit": "Limit",
    "cursor": "Cursor",
}
"""Parameters that are the same wherever they are, and how they are called among the components."""


def header(name: str, *, required: bool) -> Json:
    """The header of an answer that always has it, or may have it."""
    place = name if required else f"{name}.optional"
    return {"$ref": f"#/components/headers/{place}"}


def headers() -> Json:
    """Each header twice: as one that is always there, and as one that may be."""
    return {
        place: {**said, "required": required}
        for name, said in HEADERS.items()
        for required, place in ((True, name), (False, f"{name}.optional"))
    }
