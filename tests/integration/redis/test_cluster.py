"""A real Redis Cluster: slots that move, changes that are heard of all the same, and a master that dies."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from infra.redis.cluster import RedisCluster
from infra.redis.commands import TRACKED
from infra.redis.slots import slot_of
from schemas.errors import Unavailable
from tests.believing import Believing, Seconds, believing, site_rows
from tests.integration.redis.redis_stores import READER, cached, caches_of, entries, feeds_of, filled, read, rebuilt
from tests.pace import patient, until
from tests.redis_cluster import RedisNodes, redis_nodes
from tests.redis_server import RedisProcess

KEYS = [f"key {number}" for number in range(60)]
"""In slots of all three."""
MOVING = f"feed:{READER}"


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisNodes]:
    with redis_nodes(tmp_path_factory.mktemp("redis-nodes")) as cluster:
        yield cluster


@pytest.fixture
async def cluster(nodes: RedisNodes) -> AsyncIterator[RedisCluster]:
    """Found through one node, and empty."""
    for node in nodes.masters:
        node.ask("FLUSHALL")
    made = RedisCluster([nodes.nodes[1].address])
    yield made
    await made.close()


@pytest.fixture
async def process(nodes: RedisNodes, tmp_path: Path) -> AsyncIterator[Believing]:
    for node in nodes.masters:
        node.ask("FLUSHALL")
    async with site_rows(tmp_path) as rows, believing(rows, nodes.addresses, Seconds()) as worker:
        await worker.settle()
        yield worker


def owner_and_next(nodes: RedisNodes, key: str) -> tuple[RedisProcess, RedisProcess]:
    """Who has a key's slot now, and another."""
    (owner,) = (node for node in nodes.masters if _has(node, slot_of(key)))
    return owner, nodes.masters[(nodes.masters.index(owner) + 1) % len(nodes.masters)]


def _has(node: RedisProcess, slot: int) -> bool:
    own = node.ask("CLUSTER", "MYID")
    return any(first <= slot <= last and master[2] == own for first, last, master, *_ in node.ask("CLUSTER", "SLOTS"))


async def test_every_command_is_sent_to_whoever_has_its_key_and_answered_in_its_place(cluster: RedisCluster) -> None:
    add = cluster.script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
    await cluster.many([("SET", key, number) for number, key in enumerate(KEYS)])
    added = await cluster.many([("EVALSHA", add, 1, key, 100) for key in KEYS])
    assert added == [100 + number for number in range(len(KEYS))]
    found = await cluster.many([command for key in KEYS for command in (TRACKED, ("GET", key))])
    assert found[1::2] == [b"%d" % number for number in added]
    assert len({node.master for node in cluster.nodes.all}) == 3


async def test_a_slot_that_has_moved_is_followed(nodes: RedisNodes, cluster: RedisCluster) -> None:
    await cluster.many([("SET", key, key) for key in KEYS])
    nodes.move(slot_of(KEYS[0]), *owner_and_next(nodes, KEYS[0]))
    assert await cluster.many([("GET", key) for key in KEYS]) == [key.encode() for key in KEYS]
    await cluster.nodes.look()
    assert cluster.nodes.owner(slot_of(KEYS[0])).address == owner_and_next(nodes, KEYS[0])[0].address


async def test_a_slot_on_its_way_is_asked_for_where_its_keys_are(nodes: RedisNodes, cluster: RedisCluster) -> None:
    """What is there already is served there; what is not, by whoever will have the slot, a script told in full."""
    here, gone, fresh = (f"{{slot}}{name}" for name in ("here", "gone", "fresh"))
    append = cluster.script("return redis.call('APPEND', KEYS[1], ARGV[1])")
    await cluster.many([("SET", key, "a") for key in (here, gone)])
    source, target = owner_and_next(nodes, here)
    nodes.move(slot_of(here), source, target, keys=1)
    left = source.ask("KEYS", "*")[0].decode()
    assert await cluster.many([("EVALSHA", append, 1, key, "b") for key in (here, gone, fresh)]) == [2, 2, 1]
    assert source.ask("GET", left) == b"ab"
    found = await cluster.many([command for key in (here, gone) for command in (TRACKED, ("GET", key))])
    assert sorted(found[1::2], key=str) == [None, b"ab"], "what would not be heard of is not read"
    nodes.move(slot_of(here), source, target)
    assert await cluster.many([("GET", key) for key in (here, gone, fresh)]) == [b"ab", b"ab", b"b"]


async def test_changes_are_heard_of_wherever_the_key_was_read(nodes: RedisNodes, cluster: RedisCluster) -> None:
    await cluster.many([("SET", key, "old") for key in KEYS])
    heard: set[bytes] = set()
    cluster.hear(lambda keys: heard.update(keys or ()))
    await cluster.many([command for key in KEYS for command in (TRACKED, ("GET", key))])
    nodes.move(slot_of(KEYS[0]), *owner_and_next(nodes, KEYS[0]))
    since = cluster.moment()
    await cluster.fence(since)
    assert heard == {KEYS[0].encode()}, "who has read it must read it anew, where changes can be heard of"
    other = RedisCluster(nodes.addresses)
    await other.many([("SET", key, "new") for key in KEYS[1:]])
    await cluster.fence(cluster.moment())
    assert heard == {key.encode() for key in KEYS}
    await other.close()


async def test_a_feed_is_whole_while_its_slot_moves(nodes: RedisNodes, process: Believing) -> None:
    feeds = feeds_of(process)
    await rebuilt(feeds, entries(1))
    for round_ in range(4):
        nodes.move(slot_of(MOVING), *owner_and_next(nodes, MOVING))
        await feeds.push([READER], entries(2 + round_))
        assert await read(feeds) == sorted(entries(*range(1, 3 + round_)), reverse=True)
    assert process.state.held is not None
    assert process.state.held.state.epoch == 1, "nothing was given up for it"


async def test_where_nobody_answers_it_is_unavailable(nodes: RedisNodes) -> None:
    nowhere = RedisProcess(Path(nodes.nodes[0].folder, "nowhere")).address
    lost = RedisCluster([nowhere])
    with pytest.raises(Unavailable):
        await lost.call("GET", "key")
    await lost.close()


@pytest.mark.timeout(120)
async def test_a_replica_that_takes_over_is_believed_once_all_else_is_given_up(tmp_path: Path) -> None:
    """Meanwhile readers find nothing and wait for nobody; what was in Redis before is not believed any more."""
    with redis_nodes(tmp_path / "nodes", replicas=1) as nodes:
        async with site_rows(tmp_path) as rows, believing(rows, nodes.addresses, Seconds()) as process:
            await process.settle()
            feeds, caches = feeds_of(process), caches_of(process)
            await rebuilt(feeds, entries(1))
            await filled(caches)
            nodes.nodes[0].kill()
            assert await process.belief.probed() is None
            replica = nodes.nodes[-1]
            await until(lambda: replica.ask("INFO", "replication")["role"] == "master")
            await until(lambda: b"cluster_state:ok" in nodes.nodes[1].ask("CLUSTER", "INFO"))
            async with asyncio.timeout(patient(60)):
                await process.settle()
            assert process.state.held is not None
            assert process.state.held.state.epoch == 2
            assert (await read(feeds), await cached(caches)) == (None, None), "it may lack what was not replicated yet"
            await rebuilt(feeds, entries(1, 2))
            assert await read(feeds) == entries(2, 1)
