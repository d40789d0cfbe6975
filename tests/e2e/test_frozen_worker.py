"""A worker that gets no time: told from outside of it, by every other process, and forgiven as soon as it goes on."""

import asyncio
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from infra.local.site import LocalSite, Member
from infra.process.vigil import UNFED
from infra.wiring.subscribers import SUBSCRIBERS
from projections.likes import PROJECTION as LIKES
from tests.integration.site.test_health import REPORTED_WITHIN_S, until
from tests.integration.site.test_metrics import value
from tests.pace import patient
from tests.stopping import stop

pytestmark = pytest.mark.cluster
EVERYBODY = {one.id for one in SUBSCRIBERS}


async def test_a_frozen_worker_is_reported_stalled_within_ten_seconds_and_ready_again_when_it_goes_on(
    shared_cluster: LocalSite,
) -> None:
    worker, api = shared_cluster.members["worker-1"], shared_cluster.members["query-api-1"]
    async with httpx.AsyncClient(trust_env=False, timeout=patient(5)) as http:
        await fed_by(http, worker)
        with frozen(worker):
            began = time.monotonic()
            status, body = await until(http, api.ops_url, lambda _, body: body["stalled"].keys() >= EVERYBODY)
            assert time.monotonic() - began < patient(REPORTED_WITHIN_S)
            assert status == 200, "one frozen worker must not take every query API away"
            assert {one["why"] for one in body["stalled"].values()} == {UNFED}
            metrics = (await http.get(f"{api.ops_url}/metrics")).text
            assert value(metrics, "photolog_stalled_partitions", LIKES.id) > 0
            with pytest.raises(httpx.TimeoutException):
                await http.get(f"{worker.ops_url}/readyz", timeout=1)
        await until(http, api.ops_url, lambda _, body: body["stalled"] == {})
        assert (await http.get(f"{worker.ops_url}/readyz")).status_code == 200


@contextmanager
def frozen(member: Member) -> Iterator[None]:
    """A process that gets no time during the block."""
    assert member.process is not None
    stop(member.process.pid)
    try:
        yield
    finally:
        member.process.send_signal(signal.SIGCONT)


async def fed_by(http: httpx.AsyncClient, worker: Member) -> None:
    """Returns once this worker has partitions of everybody, and the site has been well for a moment."""
    async with asyncio.timeout(patient(60)):
        shares: set[str] = set()
        while not shares >= EVERYBODY:
            text = (await http.get(f"{worker.ops_url}/metrics")).text
            shares = set(re.findall(r'^photolog_window_events\{.*subscriber="([^"]+)"', text, re.MULTILINE))
    await until(http, worker.ops_url, lambda _, body: body["stalled"] == {})
