"""The one renderer of errors: every refusal, ours or the framework's, as RFC 9457 problem details."""

from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from commands.api.call import respond
from commands.api.refused import refused_at
from infra.http.methods import allowed
from query_api.call import PRIVATE
from schemas.errors import (
    BadRequest,
    FieldError,
    MethodNotAllowed,
    NotFound,
    PhotologError,
    UnsupportedType,
    ValidationFailed,
)


def install(app: FastAPI) -> None:
    """Renders every error of this application."""
    app.add_exception_handler(PhotologError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, PhotologError)
    return refused(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if any(fault["loc"][0] == "path" for fault in error.errors()):
        return refused(request, NotFound())  # what has not the shape of an id is the id of nothing
    if any(fault["loc"][0] == "body" for fault in error.errors()) and (wrong := _not_json(request)) is not None:
        return refused(request, wrong)
    if any(fault["type"] == "json_invalid" for fault in error.errors()):
        return refused(request, BadRequest("the body is not JSON"))
    faults = [FieldError(_field(fault["loc"]), fault["msg"]) for fault in error.errors()]
    return refused(request, ValidationFailed(faults))


async def _framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, PhotologError):  # a refusal while the framework read the body
        return refused(request, error.__cause__)
    if error.status_code not in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        return refused(request, _packed(request) or BadRequest())
    methods = allowed(request.url.path, request.app.router.routes)
    if not methods:
        return refused(request, NotFound("there is no such path"))
    answer = refused(request, MethodNotAllowed())
    answer.headers["Allow"] = ", ".join(methods)
    return answer


def _packed(request: Request) -> UnsupportedType | None:
    """Why a packed body was not understood."""
    if request.headers.get("content-encoding", "identity") == "identity":
        return None
    return UnsupportedType("bodies are taken as they are, with no Content-Encoding")


def _not_json(request: Request) -> UnsupportedType | None:
    """Why a body cannot have been understood at all."""
    if (wrong := _packed(request)) is not None:
        return wrong
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        return None
    if not kind and request.headers.get("content-length", "0") == "0" and "transfer-encoding" not in request.headers:
        return None  # there is no body
    return UnsupportedType("a body is application/json")


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
