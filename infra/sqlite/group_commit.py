"""GroupCommit: blocks of statements on one writing connection, each all or nothing, that share waits for the disk.

Blocks take turns. Those that come while a commit is under way run after it, one after the other, and share the next:
so commits an hour stay the same while commands grow (group commit: Gawlick and Kinkade 1985, IMS/VS Fast Path).
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial

from infra.sqlite.errors import is_busy, translated
from schemas.errors import Unavailable

BLOCK = "block"
"""The savepoint of the block whose turn it is: what one block did can be taken back without its neighbours."""
WITHIN_S, AGAIN_S = 5.0, 0.002
"""How long other processes may write before a group is refused, and how often it is tried meanwhile."""


class Group:
    """Blocks that will be committed together. `committed` is done when they are, or failed with what befell them."""

    def __init__(self) -> None:
        self.blocks = 0
        self.committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def settle(self, error: BaseException | None = None) -> None:
        """Tells everybody who waits; a group whose blocks all failed has nobody who does."""
        if self.committed.done():
            return
        if error is None or not self.blocks:
            self.committed.set_result(None)
        else:
            self.committed.set_exception(error)


class GroupCommit:
    """Runs blocks on a connection that nobody else may write on."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self._turns = asyncio.Lock()  # first come, first served: what makes groups as large as their queue
        self._group: Group | None = None
        self._commits = ThreadPoolExecutor(1, thread_name_prefix=f"commit {name}")
        self._committing: set[asyncio.Task[None]] = set()
        self._closed = False
        self.after_commit: list[Callable[[], None]] = []

    @asynccontextmanager
    async def block(self) -> AsyncIterator[None]:
        """A turn; returns once the block is durable. After an exception nothing of the block is left.

        A caller that is cancelled while it waits for the disk learns so when the commit is over: it cannot be left
        half-way.
        """
        async with self._turns:
            group = await self._joined()
            try:
                yield
                self.check_alive()
                with translated():
                    self._connection.execute(f"RELEASE {BLOCK}")
            except BaseException:
                self._take_back(group)
                raise
            group.blocks += 1
        await _patiently(group.committed)

    def check_alive(self) -> None:
        """SQLite rolls back by itself when the disk is full; a caller that goes on must not commit the rest alone."""
        if not self._connection.in_transaction:
            raise Unavailable("the transaction was rolled back after an error")

    def close(self) -> None:
        """Waits for the commit under way, if there is one. Who waits for the next is told that it will not come."""
        self._closed = True
        self._commits.shutdown()

    async def _joined(self) -> Group:
        """The group of the block that begins now. A new one is committed when the turn comes to its task, and so after
        all who wait already."""
        with translated():
            if self._group is None:
                await self._may_write()
                self._group = Group()
                self._begin(self._group)
            self._connection.execute(f"SAVEPOINT {BLOCK}")
        return self._group

    async def _may_write(self) -> None:
        """A transaction that may write, once no other process does. Meanwhile the loop is free, for reads above all."""
        until = time.monotonic() + WITHIN_S
        while True:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if not is_busy(error) or time.monotonic() >= until:
                    raise
                await asyncio.sleep(AGAIN_S)
            else:
                return

    def _begin(self, group: Group) -> None:
        task = asyncio.get_running_loop().create_task(self._commit(group))
        self._committing.add(task)
        task.add_done_callback(partial(self._ended, group))

    def _ended(self, group: Group, task: asyncio.Task[None]) -> None:
        self._committing.discard(task)
        if task.cancelled():  # before its first step, where nothing could hold it back; and blocks wait for it
            self._begin(group)

    def _take_back(self, group: Group) -> None:
        """Undoes one block. Where SQLite has undone the whole transaction, its neighbours are lost with it."""
        if self._connection.in_transaction and group.blocks:
            self._connection.execute(f"ROLLBACK TO {BLOCK}")
            self._connection.execute(f"RELEASE {BLOCK}")
            return
        if self._connection.in_transaction:
            self._connection.rollback()
        self._group = None
        group.settle(Unavailable("the transaction was rolled back after another's error"))

    async def _commit(self, group: Group) -> None:
        """Goes on when it is cancelled, as at the end of a loop: others wait for it and cannot be left half-way."""
        await self._take_turn()
        try:
            if group is not self._group:
                return  # there is nothing left of it
            self._group = None
            if self._closed:
                group.settle(Unavailable("the file was closed before the commit"))
                return
            try:
                commit = asyncio.get_running_loop().run_in_executor(self._commits, self._connection.commit)
                await _done(commit)
                with translated():
                    commit.result()
            except Exception as error:  # noqa: BLE001 - every block of the group raises it
                if self._connection.in_transaction:
                    self._connection.rollback()
                group.settle(error)
            else:
                for callback in self.after_commit:
                    callback()
                group.settle()
        finally:
            self._turns.release()

    async def _take_turn(self) -> None:
        while True:
            with suppress(asyncio.CancelledError):
                await self._turns.acquire()
                return


async def _patiently(committed: asyncio.Future[None]) -> None:
    """Waits however often the caller is cancelled, and raises that in the end."""
    cancelled = await _done(committed)
    if cancelled:
        with suppress(Exception):  # the caller is told that it was cancelled, not what would have become of its block
            committed.result()
        raise cancelled
    committed.result()


async def _done(future: asyncio.Future[None]) -> asyncio.CancelledError | None:
    """Waits until it is, and says whether the caller was cancelled meanwhile."""
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            cancelled = error
    return cancelled
