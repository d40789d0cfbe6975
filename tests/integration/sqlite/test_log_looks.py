"""Looking at the log's file for all who wait: it ends with the last of them."""

import asyncio
from pathlib import Path

from infra.sqlite.database import SqliteDatabase
from infra.sqlite.log import SqliteLog


async def test_nobody_looks_at_a_closed_file(tmp_path: Path) -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, said: complaints.append(said))
    database = SqliteDatabase(tmp_path / "log.sqlite", "NORMAL")
    log = SqliteLog(database, 4)
    waiting = asyncio.create_task(log.wait(60))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    database.close()
    looking = log._watching
    assert looking is not None
    await asyncio.wait([looking])
    assert looking.exception() is None
    assert complaints == []
