"""Who an event is, as the headers of a log record: written and read by the Kafka log, read by the Faust driver.

Headers repeat what the wire bytes say, so that an event that nobody can decode still has a stream and a number.
"""

from collections.abc import Sequence

from commands.ports.log import Entry, LedgerRow
from schemas.ids import EventId, Millis
from schemas.positions import Position

Headers = Sequence[tuple[str, bytes]]
OURS = ("stream", "version", "event_id", "type")
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
    try:
        (first, stream), (second, version), (third, event_id), (fourth, kind) = headers
        if (first, second, third, fourth) != OURS or len(version) > MAX_DIGITS or not version.isdigit():
            raise ValueError(headers)
        said = stream.decode(), int(version), EventId(event_id.decode()), kind.decode()
        return Entry(position, *said, wire or b"", at)
    except (AttributeError, TypeError, ValueError):
        return _odd_entry(position, headers, wire, at)


def _odd_entry(position: Position, headers: Headers, wire: bytes | None, at: Millis) -> Entry:
    """The same of headers that `headers_of` did not write."""
    said: dict[str, bytes | None] = dict(headers)
    version = said.get("version") or b""
    number = int(version) if version.isdigit() and len(version) <= MAX_DIGITS else 0
    stream, event_id, kind = (str(said.get(name) or b"", "utf-8", "replace") for name in ("stream", "event_id", "type"))
    return Entry(position, stream, number, EventId(event_id), kind, wire or b"", at)
