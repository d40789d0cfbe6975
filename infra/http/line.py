"""A connection's transport that knows how much of what it was given has left, and closes so that an answer arrives.

What it is given first waits for what comes next, no longer than this turn of the event loop: a head that leaves before
its body is a system call of its own, and wakes the peer for nothing. That was a sixth of what a feed page cost.
"""

import asyncio
from collections.abc import Callable
from typing import Any


class Line(asyncio.Transport):
    """Closing while the peer still sends would reset the connection, and its answer with it (RFC 9112, 9.6).

    So then only our side is closed, and what comes is to be read on, and dropped, until the peer has closed its own or
    somebody gives up.
    """

    def __init__(
        self, transport: asyncio.Transport, mid_message: Callable[[], bool], lingers: Callable[[], None]
    ) -> None:
        """`mid_message` says whether the peer may still be sending; `lingers` is told when it is to be read on."""
        super().__init__()
        self._transport = transport
        self._mid_message = mid_message
        self._lingers = lingers
        self._loop = asyncio.get_running_loop()
        self._given = 0
        self._held: bytes | bytearray | memoryview = b""
        self.lingering = False
        self.held_up = False
        """Whether the peer was not read from for a while, for our own sake. To be taken back by who has seen it."""

    @property
    def sent(self) -> int:
        """Bytes that the system has taken."""
        return self._given - self.unsent

    @property
    def unsent(self) -> int:
        """Bytes that the peer has still to make room for."""
        return self._transport.get_write_buffer_size() + len(self._held)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not data or self.is_closing():
            return
        self._given += len(data)
        if self._held:
            held, self._held = self._held, b""
            self._transport.writelines((held, data))
        else:
            self._held = data
            self._loop.call_soon(self._flush)

    def is_closing(self) -> bool:
        return self.lingering or self._transport.is_closing()

    def close(self) -> None:
        if self.is_closing():
            return
        self._flush()
        if self._mid_message() and self._transport.can_write_eof():
            self.lingering = True
            self._transport.write_eof()
            self._transport.resume_reading()
            self._lingers()
        else:
            self._transport.close()

    def close_now(self) -> None:
        """Waits for nobody, but that what was written leaves."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        self._held = b""
        self._transport.abort()

    def pause_reading(self) -> None:
        if not self.is_closing():
            self.held_up = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self.is_closing():
            self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def _flush(self) -> None:
        held, self._held = self._held, b""
        if held and not self._transport.is_closing():
            self._transport.write(held)
