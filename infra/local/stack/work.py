"""One server's long work: says what it does and for how long, runs its programs, and stops when the user does."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from threading import Event

from infra.local.stack.errors import CannotBeHad, Stopped
from infra.local.stack.processes import living_in_group

Say = Callable[[str, str], None]
"""Told (who, what), for a person to read."""
LOOK_EVERY_S = 0.1
SAY_EVERY_S = 10
LAST_LINES = 15
ENDS_WITHIN_S = 10


@dataclass(frozen=True)
class Work:
    """What one thread does for one server."""

    name: str
    tell: Say
    stopping: Event

    def say(self, text: str) -> None:
        """Tells the user."""
        self.tell(self.name, text)

    def pause(self, seconds: float = LOOK_EVERY_S) -> None:
        """Waits a little. Raises Stopped when the user has had enough."""
        if self.stopping.wait(seconds):
            raise Stopped(f"{self.name}: stopped")

    def run(self, what: str, command: list[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        """Runs a program to its end, its output in `log`. Raises CannotBeHad with its last words if it fails."""
        began = said = time.monotonic()
        self.say(f"{what} ...")
        with log.open("wb") as output:
            child = subprocess.Popen(
                [*_dies_with_us(), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        try:
            while child.poll() is None:
                self.pause()
                if time.monotonic() - said >= SAY_EVERY_S:
                    said = time.monotonic()
                    self.say(f"{what}: {said - began:.0f} s so far")
        finally:
            _end_group(child)
        if child.returncode:
            raise CannotBeHad(f"{self.name}: {what} failed ({child.returncode}):\n{last_lines(log)}")
        self.say(f"{what}: done in {time.monotonic() - began:.1f} s")


def last_lines(log: Path, count: int = LAST_LINES) -> str:
    """The end of a log, for a message."""
    if not log.exists():
        return f"(no log at {log})"
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 200 * count))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-count:])


def _dies_with_us() -> list[str]:
    """A build must not go on when this process is killed: nobody would take its result."""
    setpriv = which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []


def _end_group(child: "subprocess.Popen[bytes]") -> None:
    """Whatever the program started ends with it, before anybody clears away the files that it writes."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    deadline = time.monotonic() + ENDS_WITHIN_S
    while living_in_group(child.pid) and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY_S)
