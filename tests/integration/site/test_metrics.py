"""What /metrics says: everything that is declared, and nothing else; how far behind, and for how long."""

import json
import re
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from infra.cli.app import app
from infra.process.clock import wall_clock
from infra.process.measures import feeding
from infra.process.metrics import BY_NAME, CATALOGUE, Families, Sample, Spread, shown
from infra.process.settings import Settings
from infra.process.site_measures import believing
from infra.process.site_state import SharedState
from infra.sqlite.log import SqliteLog
from infra.wiring.embedded import serving
from processors.durations import Durations
from projections.likes import PROJECTION
from projections.site import Share
from tests.believing import Seconds, site_rows
from tests.contract.fixtures_write import decided
from tests.integration.stores import open_site
from tests.partitions import PARTITIONS, route
from tests.ports import free_ports

ELSEWHERE = {name for name in BY_NAME if name.startswith(("photolog_redis", "photolog_site", "photolog_edge"))}
"""Of a cluster, and of an edge, which is a process of its own."""


def names_in(text: str) -> set[str]:
    return {name.removesuffix("_total") for name in re.findall(r"^# TYPE (photolog_\w+) ", text, re.MULTILINE)}


def value(text: str, metric: str, *labels: str) -> float:
    (found,) = [
        float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if line.startswith(metric) and all(f'"{label}"' in line for label in labels)
    ]
    return found


async def test_an_embedded_site_shows_every_metric_but_those_of_a_cluster_and_of_an_edge(tmp_path: Path) -> None:
    port, ops = free_ports(2)
    settings = Settings(data=tmp_path, port=port, ops_port=ops, cold="cold")
    async with serving(settings), httpx.AsyncClient(trust_env=False) as http:
        await http.get(f"http://127.0.0.1:{port}/posts/po_00000000000")
        await http.post(f"http://127.0.0.1:{port}/accounts", json={})
        await http.get(f"http://127.0.0.1:{port}/made/up")
        text = (await http.get(f"http://127.0.0.1:{ops}/metrics")).text
    assert names_in(text) == set(BY_NAME) - ELSEWHERE
    shown_as = [line.rpartition(" ")[0] for line in text.splitlines() if not line.startswith("#")]
    assert len(set(shown_as)) == len(shown_as), "of what is said twice Prometheus keeps one, whichever"
    assert value(text, "photolog_lag_events", PROJECTION.id, PROJECTION.topics[0], "3") == 0
    assert value(text, "photolog_query_seconds_count", "GET /posts/{post_id}", "refused") == 1
    assert value(text, "photolog_command_seconds_count", "POST /accounts", "refused") == 1
    assert "/made" not in text, "paths that anybody may make up are nobody's labels"


async def test_lag_is_in_events_and_in_seconds_since_the_first_that_is_due(tmp_path: Path) -> None:
    site = open_site(tmp_path, [PROJECTION.id])
    log = SqliteLog(site.truth, PARTITIONS, clock=lambda: wall_clock() - 90_000)
    stream = "like/po_1/ac_1"
    topic, number = route(stream)
    first, *_ = await log.append(decided(stream, 1, 2, 3))
    runtime = site.runtime(PROJECTION)
    lag = ("photolog_lag_events", PROJECTION.id, topic, str(number))
    age = ("photolog_lag_seconds", *lag[1:])
    text = (await shown([feeding(runtime)])).decode()
    assert value(text, *lag) == 3
    assert 90 <= value(text, *age) < 1_000
    await site.positions.advance(PROJECTION.id, first._replace(offset=first.offset + 2), "ev_1", first.offset + 3)
    text = (await shown([feeding(runtime)])).decode()
    assert (value(text, *lag), value(text, *age)) == (0, 0)


async def test_what_workers_are_scaled_by_counts_reactions_that_are_not_over_besides(tmp_path: Path) -> None:
    site = open_site(tmp_path, [PROJECTION.id])
    first, *_ = await site.log.append(decided("like/po_1/ac_1", 1, 2, 3))
    await site.positions.advance(PROJECTION.id, first._replace(offset=first.offset + 1), "ev_1", first.offset)
    text = (await shown([feeding(site.runtime(PROJECTION))])).decode()
    share = PROJECTION.id, first.topic, str(first.partition)
    assert value(text, "photolog_lag_events", *share) == 1
    assert value(text, "photolog_unfinished_events", *share) == 3


async def test_a_store_that_is_away_costs_its_own_metrics_alone() -> None:
    async def away() -> list[Sample]:
        raise ConnectionError

    async def there() -> list[Sample]:
        return [Sample("photolog_commands", 7)]

    text = (await shown([("away", away), ("there", there)])).decode()
    assert value(text, "photolog_commands_total") == 7
    assert (value(text, "photolog_unmeasured", "away"), value(text, "photolog_unmeasured", "there")) == (1, 0)


async def test_who_cannot_reach_redis_is_counted_with_the_epoch(tmp_path: Path) -> None:
    async with site_rows(tmp_path) as rows:
        clock = Seconds()
        state = SharedState(rows, clock)
        await state.change(lambda before: before.gone({Share("feed@v1", "photolog.posts", 1)}))
        text = (await shown([believing(state)])).decode()
        assert value(text, "photolog_redis_away_shares") == 1
        assert value(text, "photolog_site_lease_holds") == 1
        await clock.pass_(1)
        assert value((await shown([believing(state)])).decode(), "photolog_site_lease_holds") == 0


def test_a_histogram_is_no_counter() -> None:
    with pytest.raises(TypeError, match="photolog_commands is a counter"):
        Families([Spread("photolog_commands", Durations())]).collect()


def test_a_sample_of_nothing_that_is_declared_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        Families([Sample("photolog_made_up", 1)]).collect()


def test_the_command_lists_the_catalogue() -> None:
    said = CliRunner().invoke(app, ["metrics", "--json"])
    assert [one["name"] for one in json.loads(said.stdout)] == [metric.name for metric in CATALOGUE]
    lines = CliRunner().invoke(app, ["metrics"]).stdout.splitlines()
    assert len(lines) == len(CATALOGUE)
