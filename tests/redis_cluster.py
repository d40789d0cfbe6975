"""A real Redis Cluster for tests: three masters with a third of the slots each, and a replica of the first if asked."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from infra.redis.address import RedisAddress
from tests.pace import patient
from tests.redis_server import HOST, LOOK_EVERY_S, ONE_NODE, READY_WITHIN_S, RedisProcess, redis_server

THIRDS = ((0, 5_460), (5_461, 10_922), (10_923, 16_383))
HASTY = ("--cluster-node-timeout", "1000", "--cluster-replica-validity-factor", "0")
"""Where there is a replica it takes over after a second; else nobody may be thought to be dead who is only slow."""


class RedisNodes:
    """The nodes, in the order of their slots; replicas last."""

    def __init__(self, nodes: Sequence[RedisProcess]) -> None:
        self.nodes = nodes

    @property
    def masters(self) -> Sequence[RedisProcess]:
        """As they are at first."""
        return self.nodes[: len(THIRDS)]

    @property
    def addresses(self) -> list[RedisAddress]:
        """Of all nodes: seeds."""
        return [node.address for node in self.nodes]

    def joined(self) -> None:
        """Has all of them know each other, and returns once each knows whose all slots are."""
        first, *others = self.nodes
        for node in others:
            first.ask("CLUSTER", "MEET", HOST, node.address.port, node.bus)
        _until(lambda: all(_knows(node, len(self.nodes)) for node in self.nodes))
        for replica in self.nodes[len(THIRDS) :]:
            replica.ask("CLUSTER", "REPLICATE", first.ask("CLUSTER", "MYID").decode())
            _until(partial(_follows, replica))

    def move(self, slot: int, source: RedisProcess, target: RedisProcess, keys: int = 1_000_000) -> None:
        """Moves a slot as an operator's tools do: both know, then its keys one by one, then all are told. With fewer
        `keys` it stands still in the middle, and is ended by a call with more."""
        at, to = (node.ask("CLUSTER", "MYID").decode() for node in (source, target))
        target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", at)
        source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", to)
        there = source.ask("CLUSTER", "GETKEYSINSLOT", slot, keys)
        for key in there:
            source.ask("MIGRATE", HOST, target.address.port, key, 0, 5_000)
        if len(there) < keys:
            for node in (target, source, *(one for one in self.masters if one not in (source, target))):
                node.ask("CLUSTER", "SETSLOT", slot, "NODE", to)


@contextmanager
def redis_nodes(folder: Path, replicas: int = 0) -> Iterator[RedisNodes]:
    """A cluster that serves, and nothing of it left afterwards."""
    with ExitStack() as started:
        parts, options = [*THIRDS, *[None] * replicas], [*ONE_NODE, *(HASTY if replicas else ())]
        nodes = [
            started.enter_context(redis_server(folder / f"node{number}", *options, slots=slots))
            for number, slots in enumerate(parts)
        ]
        cluster = RedisNodes(nodes)
        cluster.joined()
        yield cluster


def _knows(node: RedisProcess, nodes: int) -> bool:
    said = node.ask("CLUSTER", "INFO")
    wanted = (f"cluster_known_nodes:{nodes}".encode(), b"cluster_slots_ok:16384", b"cluster_state:ok")
    return all(one in said for one in wanted)


def _follows(replica: RedisProcess) -> bool:
    return bool(replica.ask("INFO", "replication").get("master_link_status") == "up")


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + patient(READY_WITHIN_S)
    while not true():
        assert time.monotonic() < deadline, "the nodes do not find together"
        time.sleep(LOOK_EVERY_S)
