"""Redis is killed under readers of a cluster's feeds: right pages or refusals, tables asked no more than they may be.

Its short form, in one process: tests/integration/redis/test_reading_past.py. PHOTOLOG_CHAOS_SEED seeds its choices;
PHOTOLOG_CHAOS_READERS says how many come in a second, and the report how many that machine brought about.
"""

import asyncio
import json
import os
import random
import uuid
from dataclasses import asdict
from pathlib import Path

import aiohttp
import httpx
import pytest

from infra.local.stack.stack import Stack
from infra.process.clock import wall_clock
from infra.process.environment import load_settings
from infra.wiring import assembly
from infra.wiring.cluster import connected
from processors.fanout import FanOuts
from projections.site import Share
from schemas.ids import SessionId
from schemas.positions import POSTS
from tests.bench.feed.world import World, believed, put, query_api
from tests.chaos.reading.asking import over_aiohttp
from tests.chaos.reading.definition import Definition
from tests.chaos.reading.outage import Publisher, lost_and_found
from tests.chaos.reading.readers import Readers
from tests.forms import LONG

A_SECOND = float(os.environ.get("PHOTOLOG_CHAOS_READERS") or 300)
"""Readers, however many have been answered."""
AWAY_S, NORMAL_WITHIN_S = 20.0, 15.0
ANSWERED_WITHIN_S = 8.0
"""A reader waits for Redis once, then for a turn, then for the tables: two seconds and less on a quiet machine."""
IDLE_S = 2.0
"""A connection that is idle for longer is not used again: a server that needs room takes these first."""
RESULTS = Path(__file__).parents[1] / "bench" / "results" / "feed-without-redis.json"
COMMAND = "PHOTOLOG_CHAOS=long .venv/bin/pytest tests/chaos/test_feed_without_redis.py"
SHARE = Share("feed@v1", POSTS, 0)


@pytest.mark.skipif(not LONG, reason="its short form needs no cluster")
@pytest.mark.chaos
@pytest.mark.cluster
@pytest.mark.timeout(600)
async def test_redis_is_killed_under_readers_of_a_cluster(
    stack_to_break: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = int(os.environ.get("PHOTOLOG_CHAOS_SEED") or random.SystemRandom().getrandbits(32))
    print(f"PHOTOLOG_CHAOS_SEED={seed}")
    chance, world, definition = (
        random.Random(seed),
        World.drawn(seed, viewers=60, followees=20, most_authors=60),
        Definition(),
    )
    for name, value in {**stack_to_break.environment, "PHOTOLOG_SITE": f"r{uuid.uuid4().hex[:12]}"}.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    connections = aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_S)
    async with (
        connected(settings) as cluster,
        query_api() as served,
        aiohttp.ClientSession(f"http://127.0.0.1:{served.port}", connector=connections) as http,
    ):
        tables = cluster.read.queried.tables
        await put(world.events, tables)
        definition.knows(world.events)
        await believed(cluster.reach)
        cluster.reach.owns("feed@v1", [SHARE])
        returning = asyncio.create_task(cluster.reach.run())
        issuer = assembly.access_tokens(settings, cluster.secrets)
        tokens = {one: issuer.issue(one, SessionId("se_00000000001"), wall_clock()) for one in world.viewers}
        readers = Readers(over_aiohttp(http), definition, tokens, chance)
        fan_outs = FanOuts(tables, cluster.read.feeds, cluster.reach, SHARE.subscriber)
        authors = [entry.author_id for entry in definition.told]
        for viewer in world.viewers:
            await readers.whole(viewer)
        readers.answers.clear()
        readers.slowest_s.clear()
        times = await lost_and_found(
            readers,
            Publisher(tables, fan_outs, definition, authors, chance),
            A_SECOND,
            AWAY_S,
            lambda: asyncio.to_thread(stack_to_break.kill, "redis"),
            lambda: asyncio.to_thread(stack_to_break.up, ["redis"]),
            NORMAL_WITHIN_S * 2,
        )
        answers, slowest_s = dict(readers.answers), dict(readers.slowest_s)
        for viewer in world.viewers:
            assert await readers.whole(viewer) == [entry.post_id for entry in definition.feed(viewer)]
        most = await metric(served.ops_port, "photolog_table_reads_most")
        returning.cancel()
    found = {
        "command": f"PHOTOLOG_CHAOS_SEED={seed} {COMMAND}",
        "seed": seed,
        "readers_a_second": A_SECOND,
        "came_a_second": round(readers.came_a_second, 1),
        **asdict(times),
        "answers": answers,
        "slowest_s": slowest_s,
        "table_reads_at_once_at_most": most,
        "bound": settings.table_reads_at_once,
        "faults": len(readers.faults),
    }
    print(found)
    RESULTS.write_text(json.dumps(found, indent=2) + "\n")
    assert readers.faults == []
    assert most <= settings.table_reads_at_once
    assert times.normal_after_s <= NORMAL_WITHIN_S
    assert answers["short"] > 0, "while it was away nobody had a page"
    assert max(slowest_s.values()) <= ANSWERED_WITHIN_S


async def metric(port: int, name: str) -> float:
    """One value that the process shows."""
    async with httpx.AsyncClient(trust_env=False) as http:
        text = (await http.get(f"http://127.0.0.1:{port}/metrics")).text
    return next(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))
