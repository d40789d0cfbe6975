"""Hooks of schemathesis: things that are really there for it to meet, and what else must be true of every answer.

Loaded by schemathesis itself, in a process that test_any_client.py starts. PHOTOLOG_THERE names what is there, as JSON.
"""

import json
import os
from itertools import count
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, GenerationMode, HookContext, Response

THERE: dict[str, list[str]] = json.loads(os.environ.get("PHOTOLOG_THERE", "{}"))
"""Parameters by name, with values that lead somewhere."""
KEEPS = {"DELETE /posts/{post_id}", "DELETE /comments/{comment_id}", "DELETE /me/sessions/{session_id}"}
"""Calls that are given nothing that is there, for it is needed further on."""
BEYOND_SHAPE = {
    "bad_cursor",
    "bad_position",
    "cannot_block_self",
    "cannot_follow_self",
    "gone",
    "idempotency_key_in_use",
    "idempotency_key_reused",
    "invalid_grant",
    "not_following",
    "not_found",
    "not_yours",
    "rate_limited",
    "token_invalid",
    "too_large",
    "unsupported_type",
    "upload_missing",
    "username_taken",
}
"""Why a request may be refused that is all that its schema asks for."""
FIELDS_BEYOND_SHAPE = {"body", "current", "display_name", "email", "parts", "password", "tags", "text", "token"}
"""Of bodies: compared with what is stored, or asking of Unicode, or of a body as a whole, what no schema says here."""
COUNTER = count()


@schemathesis.hook
def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
    """Every other good request is about something that is there, one thing after the other."""
    number = next(COUNTER)
    if not _is_good(case) or _name(case) in KEEPS or number % 2:
        return
    for given in (case.path_parameters, case.headers):
        for name in [name for name in given or () if name in THERE]:
            given[name] = THERE[name][number // 2 % len(THERE[name])]


@schemathesis.check
def refused_as_documented(_context: CheckContext, response: Response, case: Case[Any]) -> None:
    """A problem's code is one of those that the document lists for this call and status. Schemas see to the rest."""
    if response.status_code < 400 or response.status_code == 405:
        return
    content = case.operation.definition.raw["responses"][str(response.status_code)]["content"]
    (kind,) = response.headers["content-type"]
    if kind == "application/problem+json":
        code, codes = response.json()["code"], content[kind]["examples"]
        assert code in codes, f"{code} is not among {sorted(codes)}"


@schemathesis.check
def good_requests_are_taken(_context: CheckContext, response: Response, case: Case[Any]) -> None:
    """Who sends what the document asks for is refused for what it cannot say alone: what is stored, opaque tokens."""
    if not _is_good(case) or not 400 <= response.status_code < 500:
        return
    said = response.json()
    code = said.get("code", said.get("error"))
    beyond = {error["field"].partition(".")[0] for error in said.get("errors", [])} <= FIELDS_BEYOND_SHAPE
    assert code in BEYOND_SHAPE or (code == "validation_failed" and beyond), f"refused as {said}"


def _is_good(case: Case[Any]) -> bool:
    return case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE


def _name(case: Case[Any]) -> str:
    return f"{case.method} {case.operation.path}"
