"""Checks Redis: a replica, a file, and nothing evicted. It may forget everything, but that makes everything slow. Of a
cluster, every master.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from hiredis import ReplyError

from infra.check.findings import Finding, guarded, judged
from infra.process.settings import Settings
from infra.redis.cluster import RedisCluster
from infra.redis.connection import RedisConnection
from infra.wiring import places

ABOUT = "redis"
POLICY, FILE = "maxmemory-policy", "appendonly"


@dataclass(frozen=True)
class Redis:
    """What the master says. `config` is None where it does not tell, as managed ones."""

    replication: Mapping[str, str]
    config: Mapping[str, str] | None


async def look(settings: Settings) -> list[Redis]:
    """Asks the master, or all of a cluster's. Raises Unavailable."""
    redis = places.redis_reached(settings)
    try:
        masters = await redis.nodes.known() if isinstance(redis, RedisCluster) else [redis]
        return [await _said(master) for master in masters]
    finally:
        await redis.close()


async def _said(master: RedisConnection) -> Redis:
    info = (await master.call("INFO", "replication")).decode()
    replication = dict(line.split(":", 1) for line in info.splitlines() if ":" in line)
    try:
        said = await master.call("CONFIG", "GET", "*")
    except ReplyError:
        return Redis(replication, None)
    return Redis(replication, {name.decode(): value.decode(errors="replace") for name, value in said.items()})


def judge(settings: Settings, redis: Redis) -> list[Finding]:
    """Pure."""
    address = places.redis(settings)
    replicas, role = redis.replication.get("connected_slaves", "0"), redis.replication.get("role", "unknown")
    found = [
        *guarded(ABOUT, address.tls, address.password),
        judged(ABOUT, role == "master", "it is a master", f"it is a {role}: nothing can be written", "missing"),
        judged(ABOUT, int(replicas) > 0, f"replicas: {replicas}", "there is no replica to take over"),
    ]
    if redis.config is None:
        return [*found, Finding(ABOUT, "weak", "it does not tell its configuration: look at eviction and persistence")]
    policy, file = redis.config.get(POLICY, ""), redis.config.get(FILE, "")
    evicts = f"{POLICY} is {policy}: feeds and leases disappear when memory is short"
    return [
        *found,
        judged(ABOUT, file == "yes", f"{FILE} is on", f"{FILE} is off: a restart rebuilds every feed"),
        judged(ABOUT, policy == "noeviction", f"{POLICY} is {policy}", evicts),
    ]


async def check(settings: Settings) -> list[Finding]:
    """The findings about Redis. Raises Unavailable."""
    return [finding for redis in await look(settings) for finding in judge(settings, redis)]
