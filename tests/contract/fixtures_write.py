"""Fixtures of the write side: log, ledger and vault on every backend, passwords and access tokens by every adapter."""

import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from commands.ports import AccessTokens, Announcements, Ledger, LedgerRow, Log, Passwords, Transactions, Vault
from infra.argon2.passwords import Argon2Passwords
from infra.cql.announcements import CqlAnnouncements
from infra.cql.ledger import CqlLedger
from infra.cql.session import CqlSession
from infra.cql.transactions import CqlTransactions
from infra.cql.vault import CqlVault
from infra.jwt.tokens import JwtAccessTokens
from infra.sqlite.announcements import SqliteAnnouncements
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.ledger import SqliteLedger
from infra.sqlite.log import SqliteLog
from infra.sqlite.vault import SqliteVault
from schemas.ids import CommandId, EventId
from tests.contract.kafka_topics import kafka_logs
from tests.partitions import PARTITIONS
from tests.stack import on_cluster

MASTER_KEY = bytes(range(32))
SECRET = b"the signing secret of these tests"


@dataclass(frozen=True)
class OnDisk:
    """What a vault on files has left there. Only a backend whose files a test can read has this."""

    wrapped_key: Callable[[str], bytes]
    everything: Callable[[], bytes]


@dataclass(frozen=True)
class WriteSide:
    """The stores of one backend. What not every backend can do is a capability: False or None."""

    log: Log
    ledger: Ledger
    announcements: Announcements
    vault: Vault
    transactions: Transactions
    restarted: Callable[[], "WriteSide"]
    """The same stores as another process finds them, without a word from this one."""
    rolls_back: bool = False
    """Whether a block of `transactions` that raises leaves nothing."""
    fill: Callable[[bool], None] | None = None
    """Leaves the store no space to write, or gives it back."""
    on_disk: OnDisk | None = None
    under: Callable[..., SqliteVault | CqlVault] | None = None
    """The vault as another process opens it, with these master keys; not beside a log of another kind."""


EVERY_LOG = pytest.mark.parametrize("write_side", ["sqlite", on_cluster("kafka")], indirect=True)
EVERY_LEDGER = pytest.mark.parametrize("write_side", ["sqlite", on_cluster("cql")], indirect=True)
"""The backends that a suite runs on: `pytestmark` of its module. All but the log's go by the ledger's."""


@pytest.fixture
async def write_side(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[WriteSide]:
    """Each backend of the write side."""
    opened: list[SqliteDatabase] = []
    side = _sqlite(tmp_path / "truth.db", opened)
    if request.param == "kafka":
        async with kafka_logs(request) as new_log:
            yield _beside(side, new_log)
    elif request.param == "cql":
        yield _cql(side.log, request.getfixturevalue("cql"))
    else:
        yield side
    for database in opened:
        database.close()


@pytest.fixture
def log(write_side: WriteSide) -> Log:
    return write_side.log


@pytest.fixture
def ledger(write_side: WriteSide) -> Ledger:
    return write_side.ledger


@pytest.fixture
def vault(write_side: WriteSide) -> Vault:
    return write_side.vault


@pytest.fixture(params=["argon2"])
def passwords(request: pytest.FixtureRequest) -> Passwords:
    """Each adapter, with parameters that are weak and quick."""
    return {"argon2": lambda: Argon2Passwords(PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))}[
        request.param
    ]()


@pytest.fixture(params=["jwt"])
def access_tokens(request: pytest.FixtureRequest) -> AccessTokens:
    return {"jwt": lambda: JwtAccessTokens(SECRET)}[request.param]()


def unique(kind: str) -> str:
    """A name that no other test on the same servers uses."""
    return f"{kind}_{uuid.uuid4().hex[:16]}"


def decided(stream: str, *versions: int, wire: bytes = b"{}") -> list[LedgerRow]:
    """Ledger rows of a stream, each with an event and a command of its own."""
    return [
        LedgerRow(stream, version, EventId(unique("ev")), CommandId(unique("cm")), "post.published.v1", wire)
        for version in versions
    ]


def a_stream() -> str:
    """A post that nobody has said anything about."""
    return f"post/{unique('po')}"


def again(rows: Sequence[LedgerRow]) -> list[LedgerRow]:
    """The same versions, decided by somebody else."""
    return [replace(row, event_id=EventId(unique("ev")), command_id=CommandId(unique("cm"))) for row in rows]


def _sqlite(path: Path, opened: list[SqliteDatabase]) -> WriteSide:
    database = SqliteDatabase(path, "FULL")
    opened.append(database)

    def fill(full: bool) -> None:
        pages = database.rows("PRAGMA page_count")[0][0] if full else 2**30
        database.define(f"PRAGMA max_page_count={pages}")

    def under(*master_keys: bytes) -> SqliteVault:
        opened.append(SqliteDatabase(path, "FULL"))
        return SqliteVault(opened[-1], master_keys)

    return WriteSide(
        log=SqliteLog(database, PARTITIONS),
        ledger=SqliteLedger(database),
        announcements=SqliteAnnouncements(database),
        vault=SqliteVault(database, MASTER_KEY),
        transactions=database,
        restarted=lambda: _sqlite(path, opened),
        rolls_back=True,
        fill=fill,
        under=under,
        on_disk=OnDisk(lambda subject: _wrapped_key(path, subject), lambda: _everything(path)),
    )


def _beside(side: WriteSide, new_log: Callable[[], Log]) -> WriteSide:
    """The same stores with a log of their own, which is in none of their transactions."""
    return replace(
        side,
        log=new_log(),
        transactions=CqlTransactions(),
        restarted=lambda: _beside(side.restarted(), new_log),
        rolls_back=False,
        fill=None,
    )


def _cql(log: Log, session: CqlSession) -> WriteSide:
    """CQL servers keep no log: one of another kind stands beside them, which no test of these asks."""
    return WriteSide(
        log=log,
        ledger=CqlLedger(session),
        announcements=CqlAnnouncements(session),
        vault=CqlVault(session, MASTER_KEY),
        transactions=CqlTransactions(),
        restarted=lambda: _cql(log, session),
        under=lambda *master_keys: CqlVault(session, master_keys),
    )


def _wrapped_key(path: Path, subject: str) -> bytes:
    with closing(sqlite3.connect(path)) as connection:
        (wrapped,) = connection.execute("SELECT wrapped FROM subject_keys WHERE subject = ?", (subject,)).fetchone()
    return bytes(wrapped)


def _everything(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))
