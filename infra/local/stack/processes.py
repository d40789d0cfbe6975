"""Processes that outlive the command that started them: told apart from strangers by boot, start time and mark."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MARK = "PHOTOLOG_STACK_SERVER"
"""Environment variable that every server carries: FOLDER/NAME of the stack that it belongs to."""
INHERITED = {"PATH", "HOME", "LANG", "TMPDIR"}
"""What a server gets of our environment: nothing that could set one of its options, and no secret."""
PROC = Path("/proc")
LOOK_EVERY_S = 0.001
_children: dict[int, "subprocess.Popen[bytes]"] = {}
"""Kept so that a server that ends before this process does not stay a zombie."""


@dataclass(frozen=True)
class Process:
    """One process and no other: its number may be given again, its start (boot and tick) may not."""

    pid: int
    started: str

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        if child := _children.get(self.pid):
            child.poll()
        return _started(self.pid) == self.started

    @property
    def memory(self) -> int:
        """Resident bytes; 0 once it is gone."""
        with suppress(OSError):
            return int((PROC / str(self.pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        return 0

    def signal(self, number: signal.Signals, within: float) -> bool:
        """Sends a signal to this process, never to a stranger, and waits; whether it is gone."""
        with suppress(ProcessLookupError):
            descriptor = os.pidfd_open(self.pid)
            try:
                if self.alive:
                    signal.pidfd_send_signal(descriptor, number)
                    select.select([descriptor], [], [], within)
            finally:
                os.close(descriptor)
        return not self.alive

    def stop(self, within: float) -> bool:
        """SIGTERM, then SIGKILL; whether it ended by itself."""
        ended = self.signal(signal.SIGTERM, within)
        if not ended:
            self.kill()
        return ended

    def kill(self) -> None:
        """SIGKILL; returns once it is gone."""
        self.signal(signal.SIGKILL, within=30)


def launch(command: list[str], environment: Mapping[str, str], log: Path, mark: str) -> Process:
    """Starts a server in a session of its own, so that it survives this process and its terminal.

    Returns once `marked` can find it: for some microseconds a process that has begun has no environment yet."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**{name: os.environ[name] for name in INHERITED & os.environ.keys()}, **environment, MARK: mark},
            start_new_session=True,
        )
    _children[child.pid] = child
    process = Process(child.pid, _started(child.pid) or "ended at once")
    with suppress(OSError):  # it ended at once
        while process.alive and not _environment(child.pid):
            time.sleep(LOOK_EVERY_S)
    return process


def marked(mark: str) -> Process | None:
    """The server with this mark, whoever started it: a command that was killed may not have written it down."""
    wanted = f"{MARK}={mark}".encode()
    for folder in PROC.iterdir():
        with suppress(OSError, ValueError):
            pid = int(folder.name)
            if wanted in _environment(pid) and os.getsid(pid) == pid:
                started = _started(pid)
                return Process(pid, started) if started else None
    return None


def living_in_group(group: int) -> bool:
    """Whether any process of the group still runs; zombies do not."""
    for stat in PROC.glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _parent, its_group, *_ = stat.read_text().rpartition(")")[2].split()
            if int(its_group) == group and state not in "ZX":
                return True
    return False


def _environment(pid: int) -> list[bytes]:
    """The variables that the process began with. Raises OSError for one that is gone or another user's."""
    return [variable for variable in (PROC / str(pid) / "environ").read_bytes().split(b"\0") if variable]


def _started(pid: int) -> str | None:
    """The boot and the tick at which the process began; nothing for a process that is gone or a zombie."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        boot = (PROC / "sys" / "kernel" / "random" / "boot_id").read_text().strip()
    except OSError:
        return None
    return None if fields[0] in "ZX" else f"{boot}/{fields[19]}"
