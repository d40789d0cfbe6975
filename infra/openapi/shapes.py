"""The schemas of the OpenAPI document: bodies as pydantic describes them, forms, problems, each with an example."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from infra.openapi.examples import EXAMPLES
from infra.openapi.operations import OPERATIONS
from infra.openapi.refusals import problem_schemas
from schemas.accounts import OAuthError

Json = dict[str, Any]
REF = "#/components/schemas/{model}"


def shapes(found: Json) -> Json:
    """All of them: what the framework found, without what it says of its own errors and forms, and ours."""
    ours = {
        name: schema
        for name, schema in found.items()
        if not name.startswith(("Body_", "HTTPValidation", "ValidationError"))
    }
    forms = [form for row in OPERATIONS.values() for form in row.forms]
    every = {
        **{name: bare(schema) for name, schema in {**ours, **_of([*forms, OAuthError])}.items()},
        **problem_schemas(),
    }
    return {name: {**every[name], **_example(name)} for name in sorted(every)}


def _of(models: Iterable[type[BaseModel]]) -> Json:
    _, said = models_json_schema([(model, "validation") for model in models], ref_template=REF)
    found: Json = said["$defs"]
    return found


def _example(name: str) -> Json:
    return {"examples": [EXAMPLES[name]]} if name in EXAMPLES else {}


def bare(node: Any) -> Any:
    """Without titles, from which generators make clumsy names, and without `null` as the default of what is absent."""
    if isinstance(node, list):
        return [bare(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if not (key == "default" and value is None)}
    return {key: bare(value) for key, value in kept.items() if key != "title" or not isinstance(value, str)}
