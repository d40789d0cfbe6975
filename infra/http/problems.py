"""The one renderer of errors: every refusal, ours or the framework's, as RFC 9457 problem details."""

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from commands.api.call import respond
from commands.api.oauth import refused_at
from query_api.call import PRIVATE
from schemas.errors import BadRequest, FieldError, NotFound, PhotologError, ValidationFailed

logger = logging.getLogger("photolog.http")


class MethodNotAllowed(PhotologError):
    code, status, title = "method_not_allowed", 405, "This path does not take this method"


def install(app: FastAPI) -> None:
    """Renders every error of this application."""
    app.add_exception_handler(PhotologError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(Exception, _unexpected)


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, PhotologError)
    return refused(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if any(fault["type"] == "json_invalid" for fault in error.errors()):
        return refused(request, BadRequest("the body is not JSON"))
    faults = [FieldError(_field(fault["loc"]), fault["msg"]) for fault in error.errors()]
    return refused(request, ValidationFailed(faults))


async def _framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, PhotologError):  # a refusal while the framework read the body
        return refused(request, error.__cause__)
    if error.status_code == HTTPStatus.NOT_FOUND:
        return refused(request, NotFound("there is no such path"))
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer = refused(request, MethodNotAllowed())
        answer.headers.update(error.headers or {})
        return answer
    return refused(request, BadRequest())


async def _unexpected(request: Request, error: Exception) -> Response:
    logger.error("%s %s failed: %s", request.method, request.scope.get("route"), type(error).__name__, exc_info=error)
    return refused(request, PhotologError())


def refused(request: Request, error: PhotologError) -> Response:
    """The answer. A read's is for this caller alone, like every read's: caches may keep even a 404 or 410 unasked."""
    answer = respond(refused_at(request.url.path, error))
    if request.method == "GET":
        answer.headers.update(PRIVATE)
    return answer


def _field(location: tuple[int | str, ...]) -> str:
    """`body.tags.3` reads `tags.3`."""
    inner = location[1:] if location and location[0] in {"body", "query", "path", "header"} else location
    return ".".join(map(str, inner)) or "body"
