"""Where a CQL session goes: which servers, as whom, and which keyspace. Made by the wiring from settings."""

import logging
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cassandra import ConsistencyLevel
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.policies import (
    DCAwareRoundRobinPolicy,
    ExponentialReconnectionPolicy,
    FallthroughRetryPolicy,
    TokenAwarePolicy,
)
from cassandra.query import dict_factory

SERIAL_PROFILE = "serial"
"""Reads that see the outcome of every conditional write, those in doubt included."""
CONNECT_S, RECONNECT_S, MAX_RECONNECT_S = 5.0, 0.2, 5.0
EXECUTOR_THREADS = 2
USE_WARNING = "`USE <keyspace>` with prepared statements"
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

    def cluster(self) -> Cluster:
        """The driver's cluster object, not yet connected. Retries are the session's: the driver does none."""
        return Cluster(
            contact_points=list(self.contact_points),
            port=self.port,
            protocol_version=4,
            auth_provider=PlainTextAuthProvider(self.username, self.password) if self.username else None,
            ssl_context=ssl.create_default_context(cafile=str(self.tls_ca)) if self.tls_ca else None,
            execution_profiles={
                EXEC_PROFILE_DEFAULT: self._profile(ConsistencyLevel.LOCAL_QUORUM),
                SERIAL_PROFILE: self._profile(ConsistencyLevel.LOCAL_SERIAL),
            },
            reconnection_policy=ExponentialReconnectionPolicy(RECONNECT_S, MAX_RECONNECT_S),
            connect_timeout=CONNECT_S,
            control_connection_timeout=CONNECT_S,
            executor_threads=EXECUTOR_THREADS,
        )

    def _profile(self, consistency: int) -> ExecutionProfile:
        return ExecutionProfile(
            load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy(local_dc=self.datacenter)),
            retry_policy=FallthroughRetryPolicy(),
            consistency_level=consistency,
            serial_consistency_level=ConsistencyLevel.LOCAL_SERIAL,
            request_timeout=self.request_s,
            row_factory=dict_factory,
        )


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


def _is_news(record: logging.LogRecord) -> bool:
    """Cassandra warns, for each statement, that the keyspace of a connection might change. Here it never does."""
    return USE_WARNING not in record.getMessage()


logging.getLogger("cassandra.protocol").addFilter(_is_news)
