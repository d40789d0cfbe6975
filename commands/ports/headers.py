"""Who an event is, as the headers of a log record: written and read by the Kafka log, read by the Faust driver.

Headers repeat what the wire bytes say, so that an event that nobody can decode still has a stream and a number.
"""

from collections.abc import Iterable

from commands.ports.log import Entry, LedgerRow
from schemas.ids import EventId, Millis
from schemas.positions import Position

Headers = Iterable[tuple[str, bytes]]
MAX_DIGITS = 18
"""Of a version."""


def headers_of(row: LedgerRow) -> list[tuple[str, bytes]]:
    """The headers of one event's record."""
    return [
        ("stream", row.stream.encode()),
        ("version", b"%d" % row.version),
        ("event_id", row.event_id.encode()),
        ("type", row.type.encode()),
    ]


def entry_of(position: Position, headers: Headers, wire: bytes | None, at: Millis) -> Entry:
    """The entry in one record. Of a record that is not ours nothing is refused here: decoding says what is wrong."""
    said: dict[str, bytes | None] = dict(headers)
    version = said.get("version") or b""
    return Entry(
        position,
        _text(said.get("stream")),
        int(version) if version.isdigit() and len(version) <= MAX_DIGITS else 0,
        EventId(_text(said.get("event_id"))),
        _text(said.get("type")),
        wire or b"",
        at,
    )


def _text(said: bytes | None) -> str:
    return str(said or b"", "utf-8", "replace")
