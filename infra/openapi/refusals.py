"""How the OpenAPI document shows refusals: which a call may meet, each as the problem that the error tree renders."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import schemas.errors
import schemas.refusals
from commands.api.refused import OAUTH, refused_at
from commands.limits import STATED
from infra.openapi.operations import Operation
from schemas.errors import (
    BadCursor,
    BadPosition,
    BadRequest,
    FieldError,
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    NotYetVisible,
    PhotologError,
    RateLimited,
    StorageFull,
    TokenExpired,
    TokenInvalid,
    TooLarge,
    Unavailable,
    UnsupportedType,
    ValidationFailed,
)
from schemas.refusals import PartsMissing, Suspended, TooManyBells, TooManyFollows

Json = dict[str, Any]
Kind = type[PhotologError]
PROBLEM = "application/problem+json"
HEADERS_OF_ALL = {
    401: ("WWW-Authenticate",),
    429: ("Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"),
    503: ("Retry-After",),
}
"""What every refusal of a status has."""
HEADERS_OF_SOME = {409: ("Retry-After",)}


@dataclass(frozen=True)
class Takes:
    """What a call takes, as far as it decides how the call may be refused."""

    token: bool
    body: bool
    key: bool
    """An Idempotency-Key."""
    position: bool
    """At-Least-Position."""
    waits: bool
    """Whether it waits for that position."""
    limit: bool
    cursor: bool


def refusals_of(operation: Operation, takes: Takes) -> dict[int, list[Kind]]:
    """Every refusal that the call may meet, by status; of those with the same code one."""
    general: list[tuple[bool, tuple[Kind, ...]]] = [
        (True, (PhotologError, Unavailable, RateLimited)),
        (takes.token, (TokenInvalid, TokenExpired)),
        (takes.token and takes.key, (Suspended,)),
        (takes.body, (BadRequest, TooLarge, UnsupportedType)),
        (takes.body and not operation.forms, (ValidationFailed,)),
        (takes.key, (IdempotencyKeyInUse, IdempotencyKeyReused, ValidationFailed, StorageFull, RateLimited)),
        (takes.position, (BadPosition,)),
        (takes.waits, (NotYetVisible,)),
        (takes.limit, (ValidationFailed,)),
        (takes.cursor, (BadCursor,)),
    ]
    kinds = [*operation.refusals, *(kind for met, group in general if met for kind in group)]
    by_code = {kind.code: kind for kind in reversed(kinds)}
    by_status: dict[int, list[Kind]] = defaultdict(list)
    for code in sorted(by_code):
        by_status[by_code[code].status].append(by_code[code])
    return by_status


def response(kinds: Iterable[Kind], oauth: bool) -> Json:
    """The refusals of one status. Each code has an example, by its name."""
    said = {kind.code: kind for kind in kinds}
    shown = {
        code: _of_oauth(kind) if oauth else {"$ref": f"#/components/examples/{code}"} for code, kind in said.items()
    }
    schema = {"$ref": f"#/components/schemas/{'OAuthProblem' if oauth else 'Problem'}"}
    return {
        "description": "; ".join(f"`{code}`: {kind.title}" for code, kind in said.items()),
        "content": {PROBLEM: {"schema": schema, "examples": shown}},
    }


def _of_oauth(kind: Kind) -> Json:
    return {"summary": kind.title, "value": refused_at(f"{OAUTH}/", _sample(kind)).body}


def tree() -> dict[str, Kind]:
    """Every code and what it says; of several kinds with one code the most general."""
    said = (vars(schemas.errors), vars(schemas.refusals))
    classes = [kind for some in said for kind in some.values() if isinstance(kind, type)]
    every = [kind for kind in classes if issubclass(kind, PhotologError)]
    return {kind.code: kind for kind in sorted(every, key=lambda kind: len(kind.__mro__), reverse=True)}


def examples() -> dict[str, Json]:
    """A problem of each code."""
    return {code: {"summary": kind.title, "value": _sample(kind).problem()} for code, kind in sorted(tree().items())}


def _sample(kind: Kind) -> PhotologError:
    if issubclass(kind, ValidationFailed):
        return kind([FieldError("caption", "has at most 2,200 characters")])
    if issubclass(kind, RateLimited):
        return kind("too many attempts", limit=10, reset_at=1_767_225_600_000, now=1_767_225_000_000)
    if issubclass(kind, TooManyFollows):
        return kind(STATED.account_followees)
    if issubclass(kind, TooManyBells):
        return kind(STATED.account_bells)
    if issubclass(kind, PartsMissing):
        return kind([2, 3])
    return kind()


def problem_schemas() -> dict[str, Json]:
    """The shape of problems. Codes are open, as the contract's additive changes ask: a client must expect new ones."""
    text = {"type": "string"}
    return {
        "Problem": {
            "type": "object",
            "description": "Why a request was refused (RFC 9457). Localise by `code`.",
            "required": ["type", "title", "status", "detail", "code"],
            "properties": {
                "type": {**text, "format": "uri", "description": "`urn:photolog:problem:<code>`."},
                "title": {**text, "description": "What the code means, in English."},
                "status": {"type": "integer", "description": "The HTTP status."},
                "detail": {**text, "description": "What is wrong this time, in English."},
                "code": {"anyOf": [{"$ref": "#/components/schemas/ProblemCode"}, text]},
                "limit": {
                    "type": "integer",
                    "description": "For `too_many_follows`, `too_many_bells`: of how many.",
                },
                "missing": {
                    "type": "array",
                    "description": "For `parts_missing`: the numbers of the parts that are to be sent.",
                    "items": {"type": "integer"},
                },
                "errors": {
                    "type": "array",
                    "description": "For 422: which fields are wrong.",
                    "items": {"$ref": "#/components/schemas/FieldError"},
                },
            },
        },
        "OAuthProblem": {
            "description": "A problem that has OAuth's word for it too: whoever knows OAuth alone finds a refusal.",
            "allOf": [
                {"$ref": "#/components/schemas/Problem"},
                {"type": "object", "required": ["error"], "properties": {"error": text}},
            ],
        },
        "ProblemCode": {**text, "description": "The codes that there are today.", "enum": sorted(tree())},
        "FieldError": {
            "type": "object",
            "description": "What is wrong with one field.",
            "required": ["field", "message"],
            "properties": {
                "field": {**text, "description": "Its path, as `tags.3`."},
                "message": {**text, "description": "In English."},
            },
        },
    }
