"""Answers that the server gives in the application's place, before a request has reached it: as bytes, and closing."""

from collections.abc import Iterable
from http import HTTPStatus

from commands.answers import refusal
from commands.api.call import respond
from commands.api.refused import with_error
from schemas.errors import PhotologError


def on_the_wire(error: PhotologError, headers: Iterable[tuple[bytes, bytes]] = ()) -> bytes:
    """The whole answer, after which the connection is closed. It suits /oauth: nobody knows yet what was asked."""
    answer = respond(with_error(refusal(error)))
    lines = [
        f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}".encode(),
        *(b"%s: %s" % header for header in (*headers, *answer.raw_headers)),
        b"connection: close",
    ]
    return b"\r\n".join([*lines, b"", bytes(answer.body)])
