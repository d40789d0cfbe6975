"""POST /oauth/token and /oauth/revoke: forms and errors as OAuth 2.0 has them (RFC 6749, 7009)."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from python_multipart.multipart import parse_options_header

from commands.api.call import Wired
from commands.api.refused import OAUTH
from commands.rotation import InvalidGrant
from commands.sessions import Tokens
from schemas.accounts import TokenPair
from schemas.errors import BadRequest
from schemas.text import well_formed

CHARSETS = {"utf-8", "us-ascii"}
KEPT_BY_NOBODY = {"Cache-Control": "no-store"}


class FormRoute(APIRoute):
    """Refuses a form in a charset other than UTF-8 before the framework decodes it: some codecs raise or run."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def in_utf_8(request: Request) -> Response:
            _, said = parse_options_header(request.headers.get("Content-Type"))
            if said.get(b"charset", b"utf-8").decode("latin-1").lower() not in CHARSETS:
                raise BadRequest("a form is in UTF-8")
            return await handle(request)

        return in_utf_8


router = APIRouter(prefix=OAUTH, tags=["sessions"], route_class=FormRoute)
Field = Annotated[str | None, Form()]
MAX_FIELD = 1024
"""Characters of a parameter; no name, password or token of ours comes near it."""
UNREADABLE = f"a parameter is longer than {MAX_FIELD} characters, or no valid Unicode text"


@router.post("/token", response_model=TokenPair)
async def token(
    request: Request,
    wired: Wired,
    grant_type: Annotated[str | None, Form()] = None,
    username: Field = None,
    password: Field = None,
    refresh_token: Field = None,
) -> Response:
    """Logs in (grant_type=password) or continues a session (grant_type=refresh_token)."""
    if not _readable(grant_type, username, password, refresh_token):
        return _error("invalid_request", UNREADABLE)
    try:
        match grant_type:
            case "password" if username and password:
                await wired.addresses.admit(getattr(request.state, "address", ""))
                return _pair(await wired.sessions.log_in(username, password))
            case "refresh_token" if refresh_token:
                return _pair(await wired.sessions.refresh(refresh_token))
            case "password" | "refresh_token" | None:
                return _error("invalid_request", "a parameter is missing")
            case _:
                return _error("unsupported_grant_type", "grant_type is password or refresh_token")
    except InvalidGrant as error:
        return _error(error.code, error.detail)


@router.post("/revoke")
async def revoke(wired: Wired, token: Field = None) -> Response:
    """Ends the session that a token belongs to, an access or a refresh token, expired or not."""
    if token is None:
        return _error("invalid_request", "token is missing")
    if _readable(token):
        await wired.sessions.revoke(token)
    return Response(status_code=200)


def _readable(*fields: str | None) -> bool:
    return all(field is None or (len(field) <= MAX_FIELD and well_formed(field)) for field in fields)


def _pair(tokens: Tokens) -> Response:
    pair = TokenPair(**vars(tokens))
    return JSONResponse(pair.model_dump(), headers=KEPT_BY_NOBODY)


def _error(code: str, description: str) -> Response:
    body = {"error": code, "error_description": description}
    return JSONResponse(body, status_code=400, headers=KEPT_BY_NOBODY)
