"""Feeds against their definition, whatever happens: follows, posts, celebrities, clears, losses, deaths, failovers, and
readers at once. Where feeds lie in the file of their tables, in a Redis, and in a Redis Cluster. PHOTOLOG_FEED_RUNS
says how long the long form is."""

import os
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from processors import fanout
from query_api import beginnings, rebuilds
from tests.forms import LONG
from tests.integration.feeds.feed_machine import FeedMachine
from tests.integration.feeds.feed_stand import CAP, COVERED, VIEWERS
from tests.integration.feeds.feed_stores import ClusterStores, FeedStores, FileStores, RedisStores
from tests.integration.schedules.at_once import commit_at_once
from tests.redis_cluster import RedisNodes, redis_nodes
from tests.redis_server import RedisProcess, redis_server

RUNS, STEPS = (int(os.environ.get("PHOTOLOG_FEED_RUNS") or 600), 60) if LONG else (15, 50)
OFTEN = RUNS // 6 if LONG else 1
COMMON = ("losses", "floor reads", "rebuilds", "trims", "races")
MUST = (*COMMON, "crossings", "clears", "slow readers", "crashes", "spread") if LONG else COMMON
OF_STARS = ("glances", "spread")
"""Where all are celebrities from the start."""


@pytest.fixture(scope="module")
def redis_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    """It fails over, so it is nobody else's."""
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def redis_nodes_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisNodes]:
    """Slots of theirs move."""
    with redis_nodes(tmp_path_factory.mktemp("redis-nodes")) as nodes:
        yield nodes


@pytest.mark.chaos
@pytest.mark.timeout(6_000 if LONG else 300)
def test_whatever_happens_every_feed_is_what_its_definition_says(monkeypatch: pytest.MonkeyPatch) -> None:
    whatever_happens(FileStores, monkeypatch, MUST)


@pytest.mark.chaos
@pytest.mark.timeout(6_000 if LONG else 300)
def test_whatever_happens_who_glances_at_celebrities_sees_nothing_that_is_gone_and_all_that_was_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(FeedMachine, "fans", VIEWERS)
    whatever_happens(FileStores, monkeypatch, OF_STARS)


@pytest.mark.chaos
@pytest.mark.timeout(6_000 if LONG else 300)
def test_whatever_happens_every_feed_in_redis_is_what_its_definition_says(
    redis_of_the_module: RedisProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    whatever_happens(lambda: RedisStores([redis_of_the_module]), monkeypatch, (*MUST, "failovers"))


@pytest.mark.chaos
@pytest.mark.timeout(6_000 if LONG else 300)
def test_whatever_happens_every_feed_in_a_redis_cluster_is_what_its_definition_says(
    redis_nodes_of_the_module: RedisNodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    whatever_happens(lambda: ClusterStores(redis_nodes_of_the_module), monkeypatch, (*MUST, "failovers"))


def whatever_happens(stores: Callable[[], FeedStores], monkeypatch: pytest.MonkeyPatch, must: Sequence[str]) -> None:
    """Prints what was covered."""

    class Machine(FeedMachine):
        def make_stores(self) -> FeedStores:
            return stores()

    commit_at_once(monkeypatch)
    monkeypatch.setattr(beginnings, "KEPT", 3)
    monkeypatch.setattr(rebuilds, "FEED_LIMIT", CAP)
    monkeypatch.setattr(fanout, "FEED_LIMIT", CAP)
    COVERED.clear()
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            derandomize=not LONG,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(dict(COVERED))
    assert {name: COVERED[name] for name in must if COVERED[name] < OFTEN} == {}
