"""Dead letters and the streams that wait behind them, where operators look: /metrics, and /readyz on the ops port."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.http.health import Ready
from infra.http.ops import watched
from infra.process.measures import feeding
from infra.process.metrics import shown
from infra.process.settings import Settings
from infra.process.standing import standing
from processors.runtime import Runtime
from projections.comments import PROJECTION as COMMENTING
from schemas.errors import Unavailable
from schemas.positions import Partition, Position
from tests.integration.runtime.letters import BAD, Bench, Process, comment
from tests.integration.site.test_metrics import value
from tests.pace import patient
from tests.ports import free_ports


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with Bench.on_a_site(tmp_path) as bench:
        yield bench


async def two_letters(bench: Bench) -> tuple[list[Position], Process]:
    """A log with two bad comments among good ones, and a process that took all of it."""
    places = await bench.append(comment(1), (comment(2), BAD), comment(3), (comment(4), BAD))
    process = await bench.process()
    await process.takes()
    return places, process


async def counted(runtime: Runtime) -> tuple[float, float]:
    """Dead letters, and streams that wait."""
    text = (await shown([feeding(runtime)])).decode()
    name = runtime.subscriber.id
    return value(text, "photolog_dead_letters_total", name), value(text, "photolog_held_streams", name)


async def test_what_is_put_aside_is_counted_once_and_a_stream_until_it_is_drained(bench: Bench) -> None:
    _, process = await two_letters(bench)
    assert await counted(process.runtime) == (2, 2)
    await bench.discard("ev_4_1")
    await process.drains()
    assert await counted(process.runtime) == (2, 1), "a letter that was put aside stays counted"
    await bench.retry("ev_2_1")
    await process.drains()
    assert await counted(process.runtime) == (3, 1), "it cannot be taken still, which is news"


async def test_a_letter_that_another_process_told_of_is_not_counted_again_but_its_stream_waits_here(
    bench: Bench,
) -> None:
    await two_letters(bench)
    second = await bench.process()
    await second.takes()
    assert await counted(second.runtime) == (0, 2)


async def test_readyz_on_the_ops_port_names_the_letters_that_streams_wait_behind(bench: Bench) -> None:
    places, process = await two_letters(bench)

    async def ready() -> dict[str, Any]:
        return await standing([process.runtime], {})

    status, said = await asked(ready)
    letters = {"streams": 2, "letters": ["ev_2_1", "ev_4_1"]}
    stands = {"lag": 0, "held": {}, "held_streams": {str(Partition.of(places[0])): letters}}
    assert (status, said) == (200, {"status": "ready", "processors": {COMMENTING.id: stands}, "stalled": {}})


async def test_readyz_on_the_ops_port_is_503_while_a_store_is_away() -> None:
    async def away() -> dict[str, Any]:
        raise Unavailable

    assert await asked(away) == (503, {"status": "not ready", "code": "overloaded"})


async def asked(ready: Ready) -> tuple[int, Any]:
    """What an operator is answered."""
    (port,) = free_ports(1)
    settings = Settings(ops_port=port)
    async with watched(settings, ready), asyncio.timeout(patient(10)), httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"http://127.0.0.1:{port}/readyz")
        return answer.status_code, answer.json()
