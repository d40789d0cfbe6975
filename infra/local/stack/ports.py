"""The ports of one local stack: all derived from one base, so that two stacks live side by side."""

from dataclasses import dataclass
from typing import Self

from infra.local.stack.errors import StackError

HOST = "127.0.0.1"
PORTS_OF_A_STACK = 16
SHARD_AWARE_PORT = 19042
"""ScyllaDB's drivers speak a protocol of their own on this port, so plain CQL must not be served there."""


@dataclass(frozen=True)
class Ports:
    """Where each server of a stack listens, on the loopback address alone."""

    kafka: int
    kafka_controller: int
    cql: int
    cql_storage: int
    redis: int
    minio: int
    toxiproxy: int
    kafka_behind: int
    """The broker's listener for clients that come through the proxy: it tells them the proxy's port, not its own."""
    kafka_proxy: int
    cql_proxy: int
    prometheus: int
    opensearch: int
    opensearch_nodes: int
    edge: int
    edge_ops: int
    versitygw: int

    @classmethod
    def from_base(cls, base: int) -> Self:
        """Ports in a row. Raises StackError for a base that leaves no room."""
        if not 1024 <= base <= 65536 - PORTS_OF_A_STACK:
            raise StackError(f"a stack needs {PORTS_OF_A_STACK} ports from 1024 on; {base} leaves no room")
        ports = cls(*range(base, base + PORTS_OF_A_STACK))
        if ports.cql == SHARD_AWARE_PORT:
            raise StackError(f"CQL may not be served on {SHARD_AWARE_PORT}: choose another base than {base}")
        return ports

    @property
    def base(self) -> int:
        """The port that the others are derived from."""
        return self.kafka
