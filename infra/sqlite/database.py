"""SqliteDatabase: one file, one writing connection, one for reads. Every SQLite adapter holds one of these.

Statements take microseconds and run on the event loop; commits, which wait for the disk, run in a thread.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Literal

from schemas.errors import StorageFull, Unavailable

Values = Sequence[Any]
Durability = Literal["FULL", "NORMAL"]
"""FULL: a commit survives a power cut. NORMAL: it survives a crash; a power cut may roll back the newest."""


class SqliteDatabase:
    """A SQLite file in WAL mode. `together` is the Transactions port; writes outside of it commit on their own."""

    def __init__(self, path: Path, durability: Durability) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = _connect(path)
        self._writer.execute("PRAGMA journal_mode=WAL")
        self._writer.execute(f"PRAGMA synchronous={durability}")
        self._reader = _connect(path)
        self._reader.execute("PRAGMA query_only=1")
        self._lock = asyncio.Lock()
        self._transaction: ContextVar[_Transaction | None] = ContextVar(f"transaction {path.name}", default=None)
        self._commits = ThreadPoolExecutor(1, thread_name_prefix=f"commit {path.name}")
        self._after_commit: list[Callable[[], None]] = []

    def define(self, statements: str) -> None:
        """Runs DDL; each statement must be safe to repeat. Never during a transaction, which it would commit."""
        if self._writer.in_transaction:
            raise RuntimeError("DDL during a transaction: define tables first, or write the statement inside")
        with translated():
            self._writer.executescript(statements)

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """One transaction: all of it durable at the end, nothing of it after an exception. Re-entrant."""
        if self._inside():
            yield
            return
        async with self._lock:
            transaction = _Transaction()
            token = self._transaction.set(transaction)
            try:
                with translated():
                    self._writer.execute("BEGIN IMMEDIATE")
                try:
                    yield
                    self._check_alive()
                    transaction.open = False
                    with translated():
                        await self._commit()
                except BaseException:
                    if self._writer.in_transaction:
                        self._writer.rollback()
                    raise
            finally:
                transaction.open = False
                self._transaction.reset(token)

    async def write(self, statement: str, values: Values = ()) -> int:
        """Runs one changing statement; the number of rows that it changed."""
        async with self.together():
            self._check_alive()
            with translated():
                return self._writer.execute(statement, values).rowcount

    async def write_many(self, statement: str, rows: Iterable[Values]) -> None:
        """Runs one changing statement for each row of values."""
        async with self.together():
            self._check_alive()
            with translated():
                self._writer.executemany(statement, rows)

    def rows(self, statement: str, values: Values = ()) -> list[sqlite3.Row]:
        """What a query finds: the surrounding transaction's own view, else what is committed."""
        inside = self._inside()
        if inside:
            self._check_alive()
        connection = self._writer if inside else self._reader
        with translated():
            return connection.execute(statement, values).fetchall()

    def row(self, statement: str, values: Values = ()) -> sqlite3.Row | None:
        """The first row that a query finds."""
        found = self.rows(statement, values)
        return found[0] if found else None

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Calls back on the event loop after every successful commit, before the next transaction begins."""
        self._after_commit.append(callback)

    def close(self) -> None:
        """Closes both connections; what is committed stays."""
        self._commits.shutdown()
        self._reader.close()
        self._writer.close()

    def _inside(self) -> bool:
        transaction = self._transaction.get()
        return transaction is not None and transaction.open

    async def _commit(self) -> None:
        """Commits in a thread, and waits for it however often the caller is cancelled: it cannot be left half-way."""
        commit = asyncio.get_running_loop().run_in_executor(self._commits, self._writer.commit)
        commit.add_done_callback(self._committed)
        cancelled: asyncio.CancelledError | None = None
        while not commit.done():
            try:
                await asyncio.wait([commit])
            except asyncio.CancelledError as error:
                cancelled = error
        commit.result()
        if cancelled:
            raise cancelled

    def _check_alive(self) -> None:
        """SQLite rolls back by itself when the disk is full; a caller that goes on must not commit the rest alone."""
        if not self._writer.in_transaction:
            raise Unavailable("the transaction was rolled back after an error")

    def _committed(self, commit: asyncio.Future[None]) -> None:
        if not commit.cancelled() and commit.exception() is None:
            for callback in self._after_commit:
                callback()


class _Transaction:
    """Tells a task that outlived the transaction it was started in that it is over."""

    open = True


class translated:  # noqa: N801 - reads as a word in `with translated():`
    """The one place where SQLite's errors become ours."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, sqlite3.OperationalError):
            if error.sqlite_errorcode in _FULL:
                raise StorageFull from error
            if error.sqlite_errorcode & 0xFF in _BUSY:
                raise Unavailable("the store is busy") from error


_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_READONLY}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5, cached_statements=512)
    connection.row_factory = sqlite3.Row
    return connection
