"""Points in time as clients read them: RFC 3339, UTC, three decimals, `Z`."""

from datetime import UTC, datetime

from schemas.ids import Millis


def rfc3339(at: Millis) -> str:
    """The time of `at` milliseconds since 1970 UTC."""
    seconds, millis = divmod(at, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{millis:03d}Z"
