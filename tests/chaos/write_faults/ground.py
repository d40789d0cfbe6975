"""The site under test: two command APIs, one of them behind the proxies, with everything that tests look at it with."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.kafka.log import KafkaLog
from infra.local.site import LocalSite, Member
from infra.local.stack.stack import Stack
from tests.chaos.write_faults.crowd import Crowd
from tests.chaos.write_faults.judgement import Judgement
from tests.chaos.write_faults.ledger import LedgerReader, Snapshot, patiently
from tests.chaos.write_faults.metrics import Watch
from tests.chaos.write_faults.toxics import Toxiproxy
from tests.chaos.write_faults.traffic import assert_not_past, until_it_goes_through
from tests.pace import patient
from tests.ports import free_ports
from tests.reference.kafka_log import once_each, read_partition
from tests.reference.log import LogEvent

DIRECT, PROXIED = "command-api-1", "command-api-2"
APIS = (DIRECT, PROXIED)
AT_REST_WITHIN_S = 60.0
FINISHED_WITHIN_S = 30.0
LOOK_EVERY_S = 0.2


@dataclass
class Ground:
    """What a fault may touch, and what is read afterwards."""

    site: LocalSite
    stack: Stack
    crowd: Crowd
    toxics: Toxiproxy
    ledger: LedgerReader
    log: KafkaLog
    watch: Watch
    _logged: dict[tuple[str, int], list[LogEvent]] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)

    def pids(self) -> dict[str, int | None]:
        """The processes that no fault may end, as they are; None for one that has ended."""
        spared = [member for name, member in self.site.members.items() if name not in APIS]
        return {one.name: one.pid for one in spared}

    def check_traffic(self) -> int:
        """The command API behind the proxies does not go past them; its process."""
        pid = self.site.members[PROXIED].pid
        assert pid is not None, f"{PROXIED} has ended"
        ports = self.stack.site.ports
        direct = {"kafka": ports.kafka, "kafka, behind its proxy": ports.kafka_behind, "cql": ports.cql}
        assert_not_past(pid, direct)
        return pid

    async def whole_again(self) -> None:
        """Waits until the command API behind the proxies goes through each of them."""
        ports = self.stack.site.ports
        await until_it_goes_through(self.check_traffic(), {"kafka": ports.kafka_proxy, "cql": ports.cql_proxy})

    async def judged(self) -> Judgement:
        """Nothing is sent, the reconcilers have had their passes, nobody writes any more: everything as it is then."""
        async with self.crowd.paused():
            log, ledger = await self._finished()
            unknown = [one for one in self.crowd.sent if one.command.key not in self._ids]
            keys = await self.ledger.keys(unknown)
            self._ids |= {key: found.command_id for key, found in keys.items()}
            judgement = Judgement(log, ledger, self._ids)
            judgement.assert_right(self.crowd.sent)
        return judgement

    async def duplicates(self) -> int:
        """Late duplicates in the log so far."""
        return sum(len(event.again) for event in await self._read_log())

    async def _finished(self) -> tuple[list[LogEvent], Snapshot]:
        """After passes of the reconcilers, and more of them while something waits: where a store has just come back, a
        pass may find it still away. What waits for too long is left to the judgement."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patient(FINISHED_WITHIN_S)
        while True:
            await self.watch.passed()
            log, ledger = await self._at_rest()
            if not ledger.above_marks() or loop.time() > deadline:
                return log, ledger

    async def _at_rest(self) -> tuple[list[LogEvent], Snapshot]:
        """The log between two looks at the ledger that found the same: servers may still work for clients that left."""
        async with asyncio.timeout(patient(AT_REST_WITHIN_S)):
            before = await self.ledger.snapshot()
            while True:
                log = await self._read_log()
                ledger = await self.ledger.snapshot()
                if ledger == before:
                    return log, ledger
                before = ledger
                await asyncio.sleep(LOOK_EVERY_S)

    async def _read_log(self) -> list[LogEvent]:
        """What has come since the last look, and all before it."""
        ends = await patiently(self.log.ends)
        for place in sorted(ends):
            known = self._logged.setdefault(place, [])
            known += await read_partition(self.log, *place, ends[place], start=len(known))
        return once_each(event for place in sorted(ends) for event in self._logged[place])


def second_command_api(site: LocalSite, proxied: Mapping[str, str]) -> Member:
    """Another command API of the site, whose Kafka and CQL servers are behind proxies."""
    first = site.members[DIRECT]
    port, ops_port = free_ports(2)
    environment = {
        **first.environment,
        **proxied,
        "PHOTOLOG_COMMAND_PORT": str(port),
        "PHOTOLOG_OPS_PORT": str(ops_port),
    }
    url, ops_url = (f"http://127.0.0.1:{number}" for number in (port, ops_port))
    member = Member(PROXIED, first.arguments, environment, site.folder / f"{PROXIED}.log", url, ops_url)
    site.members[PROXIED] = member
    return member


async def only_the_write_side(site: LocalSite) -> None:
    """From now on nothing reads: a worker that has no part but the reconciler takes the place of all the rest."""
    for name in ("gateway", "query-api-1", "worker-1"):
        code = await site.members[name].stop()
        assert code == 0, f"{name} ended with {code}; see {site.members[name].log}"
    worker = site.members["worker-1"]
    worker.arguments = ["worker", "reconciler"]
    await worker.start()
    await worker.ready()
