"""Who an event is, as a log record's headers say: whatever they say, an entry comes of it."""

import pytest

from commands.ports import LedgerRow
from commands.ports.headers import Headers, entry_of, headers_of
from schemas.ids import CommandId, EventId
from schemas.positions import POSTS, Position

PLACE = Position(POSTS, 1, 7)
ROW = LedgerRow("post/po_1", 12, EventId("ev_1"), CommandId("cm_1"), "post.published.v2", b"{}")
OURS = headers_of(ROW)


def said(headers: Headers) -> tuple[str, int, str, str]:
    entry = entry_of(PLACE, headers, b"{}", 5)
    assert (entry.position, entry.wire, entry.at) == (PLACE, b"{}", 5)
    return entry.stream, entry.version, entry.event_id, entry.type


def without(name: str, value: bytes | None = None) -> Headers:
    """Ours, but that this header says something else, or nothing."""
    return [(one, value if one == name else of) for one, of in OURS]  # type: ignore[misc]


@pytest.mark.parametrize("headers", [OURS, OURS[::-1], [*OURS, ("trace", b"1")], [("trace", b"1"), *OURS]])
def test_what_was_written_is_read_in_whatever_order_and_beside_whatever_else(headers: Headers) -> None:
    assert said(headers) == ("post/po_1", 12, "ev_1", "post.published.v2")


@pytest.mark.parametrize("version", [b"", b"-1", b"+1", b" 1", b"1_0", b"x", b"9" * 5_000, "\u0663".encode(), None])
def test_a_version_that_is_no_number_is_0(version: bytes | None) -> None:
    assert said(without("version", version)) == ("post/po_1", 0, "ev_1", "post.published.v2")


def test_what_is_no_utf_8_and_what_is_not_said_is_refused_by_whoever_decodes() -> None:
    assert said(without("stream", b"post/\xff")) == ("post/\ufffd", 12, "ev_1", "post.published.v2")
    assert said(without("event_id")) == ("post/po_1", 12, "", "post.published.v2")
    assert said([]) == ("", 0, "", "")
    assert entry_of(PLACE, OURS, None, 5).wire == b""
