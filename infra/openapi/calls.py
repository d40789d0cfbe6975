"""One call of the OpenAPI document: what the framework found at its route, and what the tables of this folder add."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from infra.openapi.headers import PARAMETERS, SHARED, header
from infra.openapi.operations import OPERATIONS, Operation
from infra.openapi.refusals import HEADERS_OF_ALL, HEADERS_OF_SOME, Takes, refusals_of, response
from infra.openapi.schemes import BY_TOKEN
from infra.openapi.shapes import bare
from schemas.accounts import OAuthError

Json = dict[str, Any]
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass(frozen=True)
class Found:
    """A call as the framework describes it, and whether it takes a token: None, or whether nobody may do without."""

    name: str
    said: Json
    token: bool | None

    @property
    def row(self) -> Operation:
        """What the table says about it. Raises KeyError for a route that has no row yet."""
        return OPERATIONS[self.name]

    @property
    def reads(self) -> bool:
        return self.name.startswith("GET ")

    def takes(self) -> Takes:
        """What the call takes, as far as refusals follow from it."""
        names = {parameter["name"] for parameter in self.said.get("parameters", [])}
        return Takes(
            token=self.token is not None,
            body="requestBody" in self.said,
            key="Idempotency-Key" in names and not self.reads,
            position="At-Least-Position" in names,
            waits="At-Least-Position" in names and "Idempotency-Key" not in names,
            limit="limit" in names,
            cursor="cursor" in names,
        )


def described(call: Found) -> Json:
    """The call as the document has it."""
    row, takes = call.row, call.takes()
    said = {
        "operationId": row.id,
        "summary": row.summary,
        "description": call.said["description"],
        "tags": [row.tag] if row.tag else call.said["tags"],
        "parameters": _parameters(call, takes),
        "requestBody": _form(row) if row.forms else _body(call.said.get("requestBody")),
        "responses": {**_good(call, takes), **_refused(row, takes)},
        "security": {None: [], True: BY_TOKEN, False: None}[call.token],
    }
    return {key: value for key, value in said.items() if value is not None and (value or key == "security")}


def _parameters(call: Found, takes: Takes) -> list[Json]:
    """Those of the route, by reference where they are everywhere the same. A read takes no Idempotency-Key."""
    found = call.said.get("parameters", [])
    return [
        {"$ref": f"#/components/parameters/{SHARED[name]}"} if (name := one["name"]) in SHARED else parameter(one)
        for one in found
        if takes.key or one["name"] != "Idempotency-Key"
    ]


def parameter(found: Json) -> Json:
    """A parameter without the framework's words."""
    said = {key: found[key] for key in ("name", "in", "required")}
    return {**said, "schema": _never_null(found["schema"]), **PARAMETERS[found["name"]]}


def _body(found: Json | None) -> Json | None:
    if found is None:
        return None
    return {
        **found,
        "content": {kind: {"schema": _never_null(said["schema"])} for kind, said in found["content"].items()},
    }


def _never_null(schema: Json) -> Json:
    """What may be left out is left out."""
    (one,) = [one for one in schema.get("anyOf", [schema]) if one != {"type": "null"}]
    return {**{key: value for key, value in schema.items() if key == "default"}, **bare(one)}


def _good(call: Found, takes: Takes) -> Json:
    """The one answer that is no refusal; without a model it has no body."""
    ((status, found),) = [item for item in call.said["responses"].items() if item[0].startswith("2")]
    always = (*(("Log-Position",) if takes.key else ()), *call.row.always)
    at_times = (*(("Link",) if takes.cursor else ()), *call.row.at_times)
    content = {kind: bare(said) for kind, said in found.get("content", {}).items() if said.get("schema")}
    return {
        status: {
            "description": call.row.summary,
            **_with_headers(always, at_times),
            **({"content": content} if content else {}),
        }
    }


def _refused(row: Operation, takes: Takes) -> Json:
    refused = {
        str(status): {
            **response(kinds, oauth=bool(row.forms)),
            **_with_headers(HEADERS_OF_ALL.get(status, ()), HEADERS_OF_SOME.get(status, ())),
        }
        for status, kinds in sorted(refusals_of(row, takes).items())
    }
    if row.forms:  # what can be read is refused as RFC 6749 has it
        refused["400"]["content"] = {JSON: {"schema": _named(OAuthError)}, **refused["400"]["content"]}
    return refused


def _with_headers(always: tuple[str, ...], at_times: tuple[str, ...]) -> Json:
    named = {name: header(name, required=True) for name in always} | {
        name: header(name, required=False) for name in at_times
    }
    return {"headers": named} if named else {}


def _form(row: Operation) -> Json:
    shapes = [_named(form) for form in row.forms]
    return {"required": True, "content": {FORM: {"schema": shapes[0] if len(shapes) == 1 else {"oneOf": shapes}}}}


def _named(model: type[BaseModel]) -> Json:
    return {"$ref": f"#/components/schemas/{model.__name__}"}
