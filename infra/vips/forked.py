"""A forker (see forker.py) as a worker has it, and the children that it forks: a photo costs what is computed for it,
and neither a start of Python nor the loading of decoders.
"""

import asyncio
import socket
import subprocess
import sys
import weakref
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from infra.vips.asking import Request, ask

_OUR_PACKAGES = Path(__file__).parents[2]
_MOST_COMPLAINTS = 64 * 1024
_BUFFERED = 512 * 1024
"""Bytes of a report that may wait for their reader: most reports are no longer."""
_END_WITHIN_S = 5.0
CHILD_ENVIRONMENT = {
    "PYTHONPATH": str(_OUR_PACKAGES),
    # Photos are rendered side by side, so one photo gets few threads; each costs address space under the limit.
    "VIPS_CONCURRENCY": "2",
    # No pixel goes to a temporary file: memory is what the limit is about.
    "VIPS_DISC_THRESHOLD": "64g",
    "VIPS_WARNING": "0",
    "MALLOC_ARENA_MAX": "2",
}


def forker_command() -> list[str]:
    """-P and -s: it imports our packages and installed ones, nothing from the working or the home directory."""
    return [sys.executable, "-P", "-s", "-m", "infra.vips.forker"]


class ForkerLost(Exception):
    """A forker ended before a child of its did."""

    def __init__(self, code: int, complaints: str) -> None:
        super().__init__(f"the forker ended with {code}: {complaints[-2000:]}")
        self.was_killed = code < 0


@dataclass(frozen=True)
class Child:
    """One that was forked. What it says is not to be trusted: it has met a file."""

    output: StreamReader
    _complaints: IO[bytes]
    _line: StreamReader
    _forker: "Forker"

    async def ended(self) -> int:
        """Its exit code, once it is over. Raises ForkerLost: it may be at work still, until its alarm."""
        said = await self._line.read()
        if not said:
            raise self._forker.lost()
        return int(said)

    def complaints(self) -> str:
        """What it wrote to standard error."""
        return _read(self._complaints)


class Forker:
    """A forker's process. It ends once it is closed, or forgotten, and its last child is over.

    Raises OSError where none can be started.
    """

    def __init__(self) -> None:
        with ExitStack() as opened:
            self._complaints = opened.enter_context(TemporaryFile())
            self._control, theirs = map(opened.enter_context, socket.socketpair())
            self._process = subprocess.Popen(
                [*forker_command(), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._complaints,
                env=CHILD_ENVIRONMENT,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C in a terminal reaches the worker alone, which then decides
            )
            theirs.close()
            opened.pop_all()
        self.close = weakref.finalize(self, _close, self._control, self._process, self._complaints)

    @asynccontextmanager
    async def child(self, arguments: Sequence[str]) -> AsyncIterator[Child]:
        """One more; it does not outlive the block, however that ends. Raises ForkerLost."""
        with ExitStack() as given, TemporaryFile() as complaints:
            (output, its_output), (line, its_line) = (socket.socketpair() for _ in range(2))
            given.enter_context(its_output)
            given.enter_context(its_line)
            reads, output_end = await asyncio.open_connection(sock=output, limit=_BUFFERED)
            told, line_end = await asyncio.open_connection(sock=line)
            try:
                ask(self._control, Request(arguments, its_output.fileno(), complaints.fileno(), its_line.fileno()))
            except OSError as error:
                raise self.lost() from error
            finally:
                given.close()
            try:
                yield Child(reads, complaints, told, self)
            finally:
                output_end.close()
                await _let_go(told, line_end)

    def lost(self) -> ForkerLost:
        """What became of it, where it is known to have ended."""
        return ForkerLost(self._process.wait(), _read(self._complaints))


async def _let_go(told: StreamReader, line: StreamWriter) -> None:
    """Returns once the child is over."""
    if not told.at_eof():
        line.write_eof()
        await told.read()
    line.close()


def _read(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    return complaints.read(_MOST_COMPLAINTS).decode(errors="replace")


def _close(control: socket.socket, process: "subprocess.Popen[bytes]", complaints: IO[bytes]) -> None:
    control.close()
    try:
        process.wait(_END_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    complaints.close()
