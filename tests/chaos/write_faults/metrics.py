"""The reconciler as operators see it: read from /metrics of every worker."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families

from infra.local.site import LocalSite, Member
from tests.pace import patient

PASSES = "photolog_reconciler_passes_total"
FINISHED = "photolog_reconciler_finished_events_total"
UNFINISHED = "photolog_reconciler_unfinished_streams"
PASSES_NEEDED = 3
"""The pass that is under way, one that sees what is left behind, and one that finds it still there and finishes it."""
PASSES_WITHIN_S = 60.0
LOOK_EVERY_S = 0.1


@dataclass(frozen=True)
class Watch:
    """What the workers' metrics say. Workers are not killed here, so that their counters only rise."""

    http: httpx.AsyncClient
    workers: Sequence[Member]

    async def awake(self) -> None:
        """Waits until every worker answers."""
        async with asyncio.timeout(patient(PASSES_WITHIN_S)):
            while True:
                try:
                    await self._each(PASSES)
                except httpx.ConnectError:
                    await asyncio.sleep(LOOK_EVERY_S)
                else:
                    return

    async def passed(self) -> None:
        """Waits until every worker's reconciler has seen, and finished, what is left behind now."""
        before = await self._each(PASSES)
        async with asyncio.timeout(patient(PASSES_WITHIN_S)):
            while True:
                now = await self._each(PASSES)
                if all(count >= then + PASSES_NEEDED for count, then in zip(now, before, strict=True)):
                    return
                await asyncio.sleep(LOOK_EVERY_S)

    async def finished(self) -> int:
        """Events that reconcilers have appended so far."""
        return int(sum(await self._each(FINISHED)))

    async def unfinished(self) -> int:
        """Streams that the last passes found announced and not marked so far: most of these were never decided."""
        return int(max(await self._each(UNFINISHED)))

    async def _each(self, name: str) -> list[float]:
        return [(await self._metrics(worker))[name] for worker in self.workers]

    async def _metrics(self, worker: Member) -> Mapping[str, float]:
        answer = await self.http.get(f"{worker.ops_url}/metrics")
        assert answer.status_code == 200, f"{worker.name} answered {answer.status_code} {answer.text}"
        families = text_string_to_metric_families(answer.text)
        values = {sample.name: sample.value for family in families for sample in family.samples if not sample.labels}
        assert {PASSES, FINISHED, UNFINISHED} <= values.keys(), f"{worker.name} does not show its reconciler"
        return values


def watch(site: LocalSite, http: httpx.AsyncClient) -> Watch:
    """The workers of this site."""
    return Watch(http, [member for member in site.members.values() if member.arguments[0] == "worker"])
