"""SqliteDatabase: one file, one writing connection, one for reads. Every SQLite adapter holds one of these.

Statements take microseconds and run on the event loop; commits, which wait for the disk, are shared (group_commit.py).
"""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Literal

from infra.sqlite.errors import translated
from infra.sqlite.group_commit import GroupCommit

Values = Sequence[Any]
Durability = Literal["FULL", "NORMAL"]
"""FULL: a commit survives a power cut. NORMAL: it survives a crash; a power cut may roll back the newest."""
PATIENCE_S = 5
"""How long a statement that stands alone waits for other processes."""


class SqliteDatabase:
    """A SQLite file in WAL mode. `together` is the Transactions port; writes outside of it commit on their own."""

    binds = True

    def __init__(self, path: Path, durability: Durability) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = _connect(path)
        self._writer.execute("PRAGMA journal_mode=WAL")
        self._writer.execute(f"PRAGMA synchronous={durability}")
        self._writer.execute("PRAGMA busy_timeout=0")  # a group waits by itself: group_commit.py
        self._reader = _connect(path)
        self._reader.execute("PRAGMA query_only=1")
        self._writing = GroupCommit(self._writer, path.name)
        self._transaction: ContextVar[_Transaction | None] = ContextVar(f"transaction {path.name}", default=None)

    def define(self, statements: str) -> None:
        """Runs DDL; each statement must be safe to repeat. Never during a transaction, which it would commit."""
        if self._writer.in_transaction:
            raise RuntimeError("DDL during a transaction: define tables first, or write the statement inside")
        with translated(), waiting(self._writer, PATIENCE_S):
            self._writer.executescript(statements)

    def has_column(self, table: str, column: str) -> bool:
        """Whether a table that is there has this column: files of earlier versions may lack it."""
        return any(row["name"] == column for row in self.rows(f"PRAGMA table_info({table})"))

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """One transaction: all of it durable at the end, nothing of it after an exception. Re-entrant."""
        if self._inside():
            yield
            return
        async with self._writing.block():
            transaction = _Transaction()
            token = self._transaction.set(transaction)
            try:
                yield
            finally:
                transaction.open = False
                self._transaction.reset(token)

    def checkpoint(self) -> bool:
        """Empties the write-ahead log, which holds pages as they were. False: another process reads there, and is not
        waited for."""
        with waiting(self._reader, 0):
            return not self.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]

    async def write(self, statement: str, values: Values = ()) -> int:
        """Runs one changing statement; the number of rows that it changed."""
        async with self.together():
            self._writing.check_alive()
            with translated():
                return self._writer.execute(statement, values).rowcount

    async def write_many(self, statement: str, rows: Iterable[Values]) -> None:
        """Runs one changing statement for each row of values."""
        async with self.together():
            self._writing.check_alive()
            with translated():
                self._writer.executemany(statement, rows)

    def rows(self, statement: str, values: Values = ()) -> list[sqlite3.Row]:
        """What a query finds: the surrounding transaction's own view, else what is committed."""
        inside = self._inside()
        if inside:
            self._writing.check_alive()
        connection = self._writer if inside else self._reader
        with translated():
            return connection.execute(statement, values).fetchall()

    def row(self, statement: str, values: Values = ()) -> sqlite3.Row | None:
        """The first row that a query finds."""
        found = self.rows(statement, values)
        return found[0] if found else None

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Calls back on the event loop after every successful commit, before the next transaction begins."""
        self._writing.after_commit.append(callback)

    def close(self) -> None:
        """Closes both connections; what is committed stays."""
        self._writing.close()
        self._reader.close()
        self._writer.close()

    def _inside(self) -> bool:
        transaction = self._transaction.get()
        return transaction is not None and transaction.open


class _Transaction:
    """Tells a task that outlived the transaction it was started in that it is over."""

    open = True


@contextmanager
def waiting(connection: sqlite3.Connection, seconds: int) -> Iterator[None]:
    """Here statements wait so long for other processes, and the loop with them."""
    (before,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute(f"PRAGMA busy_timeout={seconds * 1_000}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout={before}")


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False, cached_statements=512
    )
    connection.row_factory = sqlite3.Row
    return connection
