"""What `photolog check` says of a real Redis, and of each master of a cluster."""

from pathlib import Path

from infra.check.findings import Finding
from infra.check.redis import check
from infra.process.settings import Settings
from tests.redis_cluster import redis_nodes
from tests.redis_server import RedisProcess

OPEN = [
    "TLS is off: whoever is on the network reads along",
    "there are no credentials: whoever reaches it may do anything",
]
ALONE = "there is no replica to take over"


def weak(findings: list[Finding]) -> list[str]:
    return [finding.text for finding in findings if finding.severity != "ok"]


async def test_a_master_is_asked_what_it_does(server: RedisProcess) -> None:
    settings = Settings(redis=f"redis://{server.address.host}:{server.address.port}/0")
    assert weak(await check(settings)) == [*OPEN, ALONE]
    server.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    server.ask("CONFIG", "SET", "appendonly", "no")
    evicts = "maxmemory-policy is allkeys-lru: feeds and leases disappear when memory is short"
    assert weak(await check(settings)) == [*OPEN, ALONE, "appendonly is off: a restart rebuilds every feed", evicts]


async def test_of_a_cluster_every_master_is_asked(tmp_path: Path) -> None:
    with redis_nodes(tmp_path) as nodes:
        nodes.nodes[2].ask("CONFIG", "SET", "appendonly", "no")
        urls = ",".join(f"redis://{address.host}:{address.port}" for address in nodes.addresses[:2])
        said = weak(await check(Settings(redis=urls, redis_cluster=True)))
    assert sorted(said) == sorted([*OPEN, ALONE] * 3 + ["appendonly is off: a restart rebuilds every feed"])
