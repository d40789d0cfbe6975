"""A connection's line: what is written in one turn of the event loop leaves together, and nothing is left behind."""

import asyncio
from typing import Any

from infra.http.line import Line


class Recorded(asyncio.Transport):
    """What the system was given, call by call; then how it ended."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[bytes] = []
        self._closing = False

    def write(self, data: Any) -> None:
        self.calls.append(bytes(data))

    def writelines(self, list_of_data: Any) -> None:
        self.calls.append(b"".join(list_of_data))

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        self._closing = True
        self.calls.append(b"closed")

    def abort(self) -> None:
        self._closing = True
        self.calls.append(b"aborted")


def line_over(transport: Recorded) -> Line:
    return Line(transport, lambda: False, lambda: None)


async def test_a_head_leaves_with_its_body() -> None:
    transport = Recorded()
    line = line_over(transport)
    line.write(b"head ")
    assert (transport.calls, line.unsent, line.sent) == ([], 5, 0)
    line.write(b"body")
    assert (transport.calls, line.unsent, line.sent) == ([b"head body"], 0, 9)
    await asyncio.sleep(0)
    assert transport.calls == [b"head body"]


async def test_a_head_without_a_body_waits_for_this_turn_alone() -> None:
    transport = Recorded()
    line = line_over(transport)
    for part in (b"", b"1", b"2", b"3"):
        line.write(part)
    assert transport.calls == [b"12"]
    await asyncio.sleep(0)
    assert transport.calls == [b"12", b"3"]


async def test_what_was_written_leaves_before_the_end() -> None:
    for end in (Line.close, Line.close_now):
        transport = Recorded()
        line = line_over(transport)
        line.write(b"all")
        end(line)
        line.write(b"too late")
        await asyncio.sleep(0)
        assert transport.calls == [b"all", b"closed"]


async def test_nothing_leaves_a_line_that_is_given_up() -> None:
    transport = Recorded()
    line = line_over(transport)
    line.write(b"head")
    line.abort()
    await asyncio.sleep(0)
    assert transport.calls == [b"aborted"]
