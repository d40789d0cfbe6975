"""How a refusal is said at a path: under /oauth each has a member `error`, also one that is none of OAuth's, since a
library that does not find it takes the body for a token. The gateway says it too, and loads no API for that."""

from dataclasses import replace

from commands.answers import Answer, refusal
from schemas.errors import PhotologError

OAUTH = "/oauth"


def refused_at(path: str, error: PhotologError) -> Answer:
    """A refusal of a request for this path."""
    return with_error(refusal(error)) if path.startswith(f"{OAUTH}/") else refusal(error)


def with_error(said: Answer) -> Answer:
    """A refusal with what OAuth calls it; for 429 and 5xx it lends names of its other endpoint (RFC 6749, 4.1.2.1)."""
    name = "server_error" if said.status >= 500 else "invalid_request"
    if said.status in (429, 503):
        name = "temporarily_unavailable"
    return replace(said, body={**said.body, "error": name})
