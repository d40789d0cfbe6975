"""Several processes of the write side over one set of real stores, and what befalls each of them. For tests.

The SQLite form has no transactions: every write stands alone, as on the cluster, and no server is needed.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from commands.accounts import ClaimUsername, OpenAccount, account_stream
from commands.aggregate import Command
from commands.handling import Cause, Decision, Handler
from commands.once import Once
from commands.ports import Announcements, Ledger, Log, Transactions, Vault
from commands.streams import Streams
from commands.tally import Tally
from infra.cql.announcements import CqlAnnouncements
from infra.cql.ledger import CqlLedger
from infra.cql.session import CqlSession
from infra.cql.vault import CqlVault
from infra.process.clock import wall_clock
from infra.sqlite.announcements import SqliteAnnouncements
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.ledger import SqliteLedger
from infra.sqlite.log import SqliteLog
from infra.sqlite.vault import SqliteVault
from processors.reconciler import Reconciler
from schemas.ids import AccountId, CommandId, Millis
from tests.contract.fixtures_write import MASTER_KEY, unique
from tests.contract.kafka_topics import kafka_logs
from tests.integration.handlers import Alone, a_handler
from tests.integration.schedules.fate import Fate, Faulty
from tests.partitions import PARTITIONS

FORMS = ("sqlite", pytest.param("cluster", marks=pytest.mark.cluster))


@dataclass(frozen=True)
class Process:
    """One process: a handler, what keeps keys, and a reconciler, over stores that its fate stands before."""

    fate: Fate
    handler: Handler
    once: Once
    reconciler: Reconciler
    vault: Vault

    async def does(self, command: Command, name: str, **cause: Any) -> Decision:
        """Handles a command; the same name is the same command."""
        return await self.handler.handle(command, Cause(CommandId(name), name, **cause))


@dataclass(frozen=True)
class Stores:
    """The stores as one process reaches them."""

    ledger: Ledger
    log: Log
    announcements: Announcements
    vault: Vault
    transactions: Transactions = field(default_factory=Alone)


@dataclass
class WriteSite:
    """The stores, and the processes that were started on them. `reach` connects as another process does."""

    reach: Callable[[], Stores]
    processes: list[Process] = field(default_factory=list)
    states: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the States of processes that are not told otherwise."""

    def __post_init__(self) -> None:
        self.stores = self.reach()
        self.reconciler = reconciler(self.stores)
        """Of a process that lives for as long as the site."""

    def process(self, instance: str = "", fate: Fate | None = None, **states: Any) -> Process:
        """Starts a process; one that is given an instance's name goes on where that was. `states`: of its States."""
        real, fate = self.reach(), fate or Fate()
        mine = Stores(*(Faulty(one, fate) for one in (real.ledger, real.log, real.announcements, real.vault)))
        mine = replace(mine, transactions=real.transactions)
        handler = a_handler(
            mine.ledger,
            mine.log,
            mine.announcements,
            mine.vault,
            mine.transactions,
            instance or unique("instance"),
            **{**self.states, **states},
        )
        once = Once(mine.ledger, mine.vault, mine.transactions, handler.ids, wall_clock, [MASTER_KEY])
        started = Process(fate, handler, once, reconciler(mine), mine.vault)
        self.processes.append(started)
        return started

    async def account(self, name: str = "") -> AccountId:
        """Signs somebody up, where nothing befalls anybody."""
        name = name or unique("name")
        process = self.process(f"instance of {name}")
        account = AccountId(f"ac_{await process.handler.ids.digits()}")
        await process.does(await self.claim(account, name), unique("cm"))
        return account

    async def claim(self, account: AccountId, name: str) -> ClaimUsername:
        """The command of a sign-up, whose account has its key."""
        await self.stores.vault.create_key(account)
        return ClaimUsername(account, name, OpenAccount(account, name, f"{name}@example.org", "", wall_clock()))

    async def reconciled(self, passes: int = 2) -> int:
        """Events that the site's own reconciler finishes in so many passes."""
        return sum([await self.reconciler.once() for _ in range(passes)])

    async def bio(self, account: AccountId) -> Any:
        """What an account says of itself, as a process sees that only looks."""
        return (await self.process().handler.state(account_stream(account))).bio


def reconciler(stores: Stores) -> Reconciler:
    return Reconciler(stores.announcements, Streams(stores.ledger, stores.log, Tally()))


class OneOfMany(SqliteLedger):
    """The ledger as one of several processes has it, with a machine number of its own: really there is but one."""

    machine = 0

    def another(self, machine: int) -> "OneOfMany":
        """The same ledger, for a process with this number; defines nothing, as others may be writing."""
        other = copy(self)
        other.machine = machine
        return other

    async def claim_machine(self, now: Millis) -> tuple[int, Millis]:
        """This number, which nobody had before."""
        return self.machine, 0


@contextmanager
def sqlite_site(folder: Path, together: bool = False) -> Iterator[WriteSite]:
    """Processes that share a SQLite file; `together`: with its transactions, as the embedded backend has them."""
    database, machines = SqliteDatabase(folder / "log.sqlite", "NORMAL"), count()
    ledger = OneOfMany(database)
    log, announcements = SqliteLog(database, PARTITIONS), SqliteAnnouncements(database)
    vault = SqliteVault(database, MASTER_KEY)

    def reach() -> Stores:
        return Stores(ledger.another(next(machines)), log, announcements, vault, database if together else Alone())

    yield WriteSite(reach)
    database.close()


@asynccontextmanager
async def cluster_site(request: pytest.FixtureRequest) -> AsyncIterator[WriteSite]:
    """Processes that share CQL servers and topics of their own; each has its own producer and its own numbers."""
    cql: CqlSession = request.getfixturevalue("cql")
    async with kafka_logs(request) as new_log:
        yield WriteSite(lambda: Stores(CqlLedger(cql), new_log(), CqlAnnouncements(cql), CqlVault(cql, MASTER_KEY)))


@asynccontextmanager
async def write_site(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[WriteSite]:
    """The form that a fixture's parameter names."""
    if request.param == "cluster":
        async with cluster_site(request) as site:
            yield site
    else:
        with sqlite_site(folder) as site:
            yield site
