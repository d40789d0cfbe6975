"""What must never be, made by hand in a real file: whoever comes across it ends the process with exit code 70."""

import asyncio
import multiprocessing
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from commands.accounts import ChangeProfile, account_stream, username_stream
from commands.invariants import BROKEN
from processors.reconciler import EVERY_S
from schemas.ids import AccountId
from tests.contract.fixtures_write import unique
from tests.integration.schedules.fate import Fate, Killed, dies_after, dies_before
from tests.integration.schedules.write_processes import WriteSite, sqlite_site

Does = Callable[[WriteSite], Awaitable[None]]
"""What a process does with the stores. Named by a function of this module, so that another process finds it."""
ANN, NAME = AccountId("ac_0000000000A"), "ann"


async def loads(site: WriteSite) -> None:
    await site.process().handler.state(username_stream(NAME))


async def changes_a_profile(site: WriteSite) -> None:
    await site.process().does(ChangeProfile(ANN, None, "x"), "x")


async def takes_the_name(site: WriteSite) -> None:
    await site.process().does(await site.claim(AccountId("ac_0000000000B"), NAME), "takes")


async def reconciles(site: WriteSite) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(site.reconciler.run(), 3 * EVERY_S)


def _run(folder: Path, does: Does) -> None:
    async def run() -> None:
        with sqlite_site(folder) as site:
            await does(site)

    asyncio.run(run())


def exit_code_of(folder: Path, does: Does) -> int | None:
    """How a process that does this on these files ends. It is forked where all is loaded, and no thread has begun."""
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload([__name__])
    process = forking.Process(target=_run, args=(folder, does))
    process.start()
    process.join()
    return process.exitcode


async def signs_up(site: WriteSite, fate: Fate) -> None:
    claim = await site.claim(ANN, NAME)
    await site.process(fate=fate).does(claim, unique("cm"))


async def tampers(folder: Path, statement: str) -> None:
    """Changes the file as nobody may."""
    with closing(sqlite3.connect(folder / "log.sqlite")) as connection, connection:
        assert connection.execute(statement).rowcount


@pytest.mark.parametrize("does", [loads, takes_the_name, reconciles])
async def test_an_account_that_is_not_the_one_its_name_carries_is_a_fork(tmp_path: Path, does: Does) -> None:
    with sqlite_site(tmp_path) as site, pytest.raises(Killed):
        await signs_up(site, Fate().at("append", dies_before))  # the carried row is there, and nothing in the log
    await tampers(tmp_path, f"UPDATE streams SET event_id = 'ev_fork' WHERE stream = '{account_stream(ANN)}'")
    assert await asyncio.to_thread(exit_code_of, tmp_path, does) == BROKEN


@pytest.mark.parametrize("does", [changes_a_profile, reconciles])
async def test_a_stream_with_a_hole_is_never_gone_on_with(tmp_path: Path, does: Does) -> None:
    with sqlite_site(tmp_path) as site:
        await signs_up(site, Fate())
        await site.process().does(ChangeProfile(ANN, None, "a"), "a")
        with pytest.raises(Killed):
            await site.process(fate=Fate().at("insert", dies_after)).does(ChangeProfile(ANN, None, "b"), "b")
    await tampers(tmp_path, f"DELETE FROM streams WHERE stream = '{account_stream(ANN)}' AND version = 2")
    assert await asyncio.to_thread(exit_code_of, tmp_path, does) == BROKEN


@pytest.mark.parametrize("does", [loads, changes_a_profile, reconciles])
async def test_files_that_nobody_tampered_with_end_nothing(tmp_path: Path, does: Does) -> None:
    with sqlite_site(tmp_path) as site, pytest.raises(Killed):
        await signs_up(site, Fate().at("append", dies_before))
    assert await asyncio.to_thread(exit_code_of, tmp_path, does) == 0
