"""SQLite finds what a command decided by its index: left to itself it reads the whole stream."""

from pathlib import Path

from infra.sqlite.database import SqliteDatabase
from infra.sqlite.ledger import SqliteLedger
from infra.sqlite.snapshots import OF_COMMAND


async def test_a_command_is_looked_up_by_the_index_and_among_the_first_versions(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "log.sqlite", "NORMAL")
    SqliteLedger(database)
    steps = [row["detail"] for row in database.rows(f"EXPLAIN QUERY PLAN {OF_COMMAND}", ("post/po_1", "cm_1"))]
    searches = [step for step in steps if step.startswith(("SEARCH", "SCAN"))]
    database.close()
    assert len(searches) == 2
    assert "streams_by_command (stream=? AND command_id=?" in searches[0]
    assert "PRIMARY KEY (stream=? AND version<?)" in searches[1]
