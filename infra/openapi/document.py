"""The OpenAPI document of both APIs: routes and bodies as the framework finds them, the rest from this folder's tables.

Kept as schemas/openapi.json by kept.py, which is what every process serves.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant

from commands.api.call import signed_call
from infra.http import routes
from infra.openapi.calls import Found, described, parameter
from infra.openapi.headers import SHARED, headers
from infra.openapi.refusals import examples
from infra.openapi.schemes import BY_ANYBODY, SCHEMES
from infra.openapi.shapes import shapes
from query_api.call import any_viewer, signed_viewer

Json = dict[str, Any]
ABOUT = """The command API and the query API of a Photolog site: one origin, one document.

Every write answers with `Log-Position`; send the latest one back as `At-Least-Position` to read what you wrote. Any
write may carry an `Idempotency-Key`: repeat it with the same key until it is answered, and it is done once. Every
refusal is a problem (RFC 9457) with a stable `code`. Every path under `/posts` is there under `/photos` too, where
whatever has a `post_id` has it as `photo_id` as well. HEAD answers wherever GET does. Changes are additive: ignore
fields that you do not know, and expect new codes.
"""
TAGS = {
    "accounts": "One's own account.",
    "sessions": "Logging in and out, with OAuth 2.0.",
    "users": "People, as others see them.",
    "follows": "Whose posts one sees.",
    "blocks": "Whom one neither sees nor is seen by.",
    "feed": "The posts of those whom one follows.",
    "posts": "Photos: reserve, upload to the URL that comes back, complete, wait until published.",
    "likes": "Liking.",
    "comments": "Commenting.",
    "notifications": "What others did that concerns one.",
    "search": "Finding posts by tag or caption, and people by name.",
    "reports": "What a moderator should look at.",
    "operators": "For load balancers and operators.",
}
NEEDS_A_TOKEN = {signed_call: True, signed_viewer: True, any_viewer: False}
"""What looks at the token, and whether nobody gets past it without one."""


def document() -> Json:
    """The whole document."""
    app = FastAPI(title="Photolog", version="1", description=ABOUT)
    routes.include(app, commands=True, queries=True)
    found = app.openapi()
    calls = list(_calls(found["paths"]))
    paths: Json = {}
    for call in calls:
        method, path = call.name.split()
        paths.setdefault(path, {})[method.lower()] = described(call)
    return {
        "openapi": found["openapi"],
        "info": {**found["info"], "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "security": BY_ANYBODY,
        "paths": paths,
        "components": {
            "schemas": shapes(found["components"]["schemas"]),
            "headers": headers(),
            "parameters": _shared(calls),
            "examples": examples(),
            "securitySchemes": SCHEMES,
        },
    }


def _calls(paths: Json) -> Iterator[Found]:
    """Every call, but HEAD, which every GET has."""
    tokens = {
        (method, path): _token(route.dependant) for path, route in routes.every() for method in route.methods or ()
    }
    for path, by_method in paths.items():
        for method, said in by_method.items():
            if method != "head":
                yield Found(f"{method.upper()} {path}", said, tokens[method.upper(), path])


def _token(dependant: Dependant) -> bool | None:
    """Whether a call needs a token; None if it takes none."""
    inner = [_token(one) for one in dependant.dependencies]
    said = [NEEDS_A_TOKEN.get(dependant.call), *inner] if dependant.call else inner
    return max((one for one in said if one is not None), default=None)


def _shared(calls: list[Found]) -> Json:
    found = {one["name"]: one for call in calls for one in call.said.get("parameters", [])}
    return {place: parameter(found[name]) for name, place in SHARED.items()}
