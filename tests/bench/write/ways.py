"""What is measured: a follow through the handler, and the bare statements of the same protocol, on either backend."""

import itertools
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from commands.accounts import ClaimUsername, OpenAccount
from commands.answers import Answer
from commands.follows import FollowAccount
from commands.handling import Cause, Handler
from commands.once import Attempt, Once, Request
from infra.local.stack.stack import Stack
from infra.process.environment import load_settings
from infra.sqlite.announcements import SqliteAnnouncements
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.ledger import SqliteLedger
from infra.sqlite.log import SqliteLog
from infra.sqlite.vault import SqliteVault
from infra.wiring import assembly
from infra.wiring.cluster import connected
from schemas.ids import COMMAND_PREFIX, AccountId, CommandId
from tests.bench.write.bare import bare_cluster, bare_embedded
from tests.integration.handlers import a_handler
from tests.partitions import PARTITIONS

ACCOUNTS = 600
"""So many that no pair of them is needed twice, on a machine several times as fast."""
Way = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Ways:
    """One backend. Each way does one thing a call; `pids` are the servers that work for it."""

    command: Way
    command_with_key: Way
    bare_protocol: Way
    bare_insert: Way
    pids: tuple[int, ...] = ()


@asynccontextmanager
async def on_embedded(folder: Path) -> AsyncIterator[Ways]:
    """The write side of a data folder, without the processors that share its process: they would be measured too."""
    truth = SqliteDatabase(folder / "log.sqlite", "FULL")
    ledger, vault = SqliteLedger(truth), SqliteVault(truth, bytes(32))
    handler = a_handler(ledger, SqliteLog(truth, PARTITIONS), SqliteAnnouncements(truth), vault, truth)
    once = Once(ledger, vault, truth, handler.ids, handler.clock, [bytes(32)])
    async with bare_embedded(folder / "bare.sqlite") as bare:
        yield Ways(*await _commands(handler, once), *bare)
    truth.close()


@asynccontextmanager
async def on_cluster(stack: Stack) -> AsyncIterator[Ways]:
    """A site of its own on the stack's servers, without its workers."""
    os.environ.update(stack.environment, PHOTOLOG_SITE=f"b{uuid.uuid4().hex[:12]}")
    settings = load_settings()
    async with connected(settings) as cluster, bare_cluster(settings) as bare:
        handler = assembly.handler(cluster.write)
        positions = assembly.position_tokens(cluster.read, cluster.write.log, cluster.names)
        once = assembly.services(
            cluster.write, cluster.read, handler, settings, cluster.secrets, cluster.names, positions
        ).once
        pids = tuple(one.pid for one in stack.status(["kafka", "cql"]) if one.pid)
        yield Ways(*await _commands(handler, once), *bare, pids)


async def _commands(handler: Handler, once: Once) -> tuple[Way, Way]:
    """Follows between accounts that exist; none is ever repeated."""
    accounts = [await an_account(handler, number) for number in range(ACCOUNTS)]
    pairs: Iterator[tuple[AccountId, AccountId]] = itertools.permutations(accounts, 2)

    async def follow(attempt: Attempt) -> Answer:
        decision = await handler.handle(FollowAccount(*next(pairs)), attempt.cause)
        if not decision.events:
            raise RuntimeError("a follow was repeated")
        return Answer(200, {"following": True})

    async def command() -> None:
        await once.run(Request("bench", "POST", "/follow", None, b""), follow)

    async def command_with_key() -> None:
        await once.run(Request("bench", "POST", "/follow", uuid.uuid4().hex, b""), follow)

    return command, command_with_key


async def an_account(handler: Handler, number: int) -> AccountId:
    """Somebody who has signed up."""
    account, command_id = AccountId(f"ac_{await handler.ids.digits()}"), CommandId(f"{COMMAND_PREFIX}_{number:011}")
    await handler.sealing.vault.create_key(account)
    opened = OpenAccount(account, f"bench{number}", f"bench{number}@example.org", "", handler.clock())
    claim = ClaimUsername(account, f"{uuid.uuid4().hex}", opened)
    await handler.handle(claim, Cause(command_id, command_id))
    return account
