"""The stack's state file: which process is which server. Written whole at every change, under the stack's lock."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from infra.local.stack.processes import Process


@dataclass(frozen=True)
class Record:
    """One server that was started by us."""

    process: Process
    ports: tuple[int, ...]
    log: str
    command: list[str]


@dataclass
class StateFile:
    """`stack.json`: the base port of the stack, its records, and the paths of its credentials."""

    path: Path
    credentials: dict[str, str]
    _lock: Lock = field(default_factory=Lock)

    def base_port(self) -> int | None:
        """The base port that the stack was last started with."""
        base = self._read().get("base_port")
        return int(base) if base is not None else None

    def records(self) -> dict[str, Record]:
        """By server's name."""
        servers: dict[str, Any] = self._read().get("servers", {})
        return {
            name: Record(Process(one["pid"], one["started"]), tuple(one["ports"]), one["log"], one["command"])
            for name, one in servers.items()
        }

    def write(self, base_port: int, changes: dict[str, Record | None]) -> None:
        """Adds records, and removes those that are None. Several threads may write at once."""
        with self._lock:
            kept = {**self.records(), **changes}
            servers = {
                name: {**asdict(one.process), "ports": one.ports, "log": one.log, "command": one.command}
                for name, one in kept.items()
                if one
            }
            state = {"base_port": base_port, "servers": servers, "credentials": self.credentials}
            unfinished = self.path.with_suffix(".new")
            with unfinished.open("w") as file:
                json.dump(state, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self.path)

    def _read(self) -> dict[str, Any]:
        if not self.path.exists():
            return {}
        state: dict[str, Any] = json.loads(self.path.read_text())
        return state
