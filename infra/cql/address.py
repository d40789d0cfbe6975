"""Where a CQL session goes: which servers, as whom, and which keyspace. Made by the wiring from settings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")


@dataclass(frozen=True)
class CqlServers:
    """How to reach a data centre. Without `username` no one logs in; without `tls_ca` nothing is encrypted."""

    contact_points: tuple[str, ...] = ("127.0.0.1",)
    port: int = 9042
    datacenter: str = "datacenter1"
    username: str = ""
    password: str = ""
    tls_ca: Path | None = None
    request_s: float = 4.0
    """Seconds that one request may take."""


@dataclass(frozen=True)
class Keyspace:
    """A keyspace and how it is made if it is not there. An existing one stays as its operator made it."""

    name: str
    replicas: Mapping[str, int]
    """Copies by data centre."""
    durable: bool = True
    """Whether writes go through the commit log. Without, a crash loses them: for tests that restart nothing."""
    options: str = ""
    """More options of CREATE KEYSPACE; Scylla wants `tablets = {'enabled': false}` where those lack conditional writes,
    Cassandra does not know the word."""

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} cannot name a keyspace: lower-case letters, digits and _, at most 48")

    @property
    def create(self) -> str:
        """The statement that makes it."""
        copies = ", ".join(f"'{datacenter}': {count}" for datacenter, count in self.replicas.items())
        clauses = [
            f"replication = {{'class': 'NetworkTopologyStrategy', {copies}}}",
            f"durable_writes = {str(self.durable).lower()}",
            *([self.options] if self.options else []),
        ]
        return f"CREATE KEYSPACE IF NOT EXISTS {self.name} WITH {' AND '.join(clauses)}"
