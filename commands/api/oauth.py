"""POST /oauth/token and /oauth/revoke: forms and errors as OAuth 2.0 has them (RFC 6749, 7009)."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import JSONResponse, Response

from commands.api.call import Wired
from commands.sessions import InvalidGrant, Tokens
from schemas.accounts import TokenPair

router = APIRouter(prefix="/oauth", tags=["sessions"])
Field = Annotated[str | None, Form()]
MAX_FIELD = 512
"""Characters of a parameter; no name, password or token of ours comes near it."""


@router.post("/token", response_model=TokenPair)
async def token(
    wired: Wired,
    grant_type: Annotated[str | None, Form()] = None,
    username: Field = None,
    password: Field = None,
    refresh_token: Field = None,
) -> Response:
    """Logs in (grant_type=password) or continues a session (grant_type=refresh_token)."""
    if _too_long(username, password, refresh_token):
        return _error("invalid_request", "a parameter is too long")
    try:
        match grant_type:
            case "password" if username and password:
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
    """Ends the session that a refresh token belongs to."""
    if token is None:
        return _error("invalid_request", "token is missing")
    if not _too_long(token):
        await wired.sessions.revoke(token)
    return Response(status_code=200)


def _too_long(*fields: str | None) -> bool:
    return any(field is not None and len(field) > MAX_FIELD for field in fields)


def _pair(tokens: Tokens) -> Response:
    pair = TokenPair(**vars(tokens))
    return JSONResponse(pair.model_dump(), headers={"Cache-Control": "no-store"})


def _error(code: str, description: str) -> Response:
    body = {"error": code, "error_description": description}
    return JSONResponse(body, status_code=400, headers={"Cache-Control": "no-store"})
