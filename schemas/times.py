"""Points in time as clients read them: RFC 3339, UTC, three decimals, `Z`."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import WithJsonSchema

from schemas.ids import Millis

Timestamp = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""What `rfc3339` writes."""


def rfc3339(at: Millis) -> str:
    """The time of `at` milliseconds since 1970 UTC."""
    seconds, millis = divmod(at, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{millis:03d}Z"
