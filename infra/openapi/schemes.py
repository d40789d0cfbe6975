"""How a caller is known, as the OpenAPI document has it."""

from typing import Any

Json = dict[str, Any]

SCHEMES: Json = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "The `access_token`."},
    "password": {
        "type": "oauth2",
        "description": "Gets an `access_token` by username and password.",
        "flows": {"password": {"tokenUrl": "/oauth/token", "refreshUrl": "/oauth/token", "scopes": {}}},
    },
}
BY_TOKEN: list[Json] = [{name: []} for name in SCHEMES]
"""A call that nobody gets past without a token."""
BY_ANYBODY: list[Json] = [{}, *BY_TOKEN]
"""A call that shows more to who sends one."""
