"""The gate before changes: one a thing and who changes it, for an hour."""

from pathlib import Path

import pytest

from commands.edits import WINDOW_S, Edits
from commands.post_commands import EditPost
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.gates import SqliteGates
from schemas.errors import RateLimited
from schemas.ids import AccountId, PostId

ANN, BEN = AccountId("ac_00000000001"), AccountId("ac_00000000002")
ONE, OTHER = PostId("po_00000000001"), PostId("po_00000000002")


async def test_a_stranger_uses_up_nothing_of_the_authors_and_the_next_hour_is_a_new_one(tmp_path: Path) -> None:
    database, now = SqliteDatabase(tmp_path / "views.sqlite", "NORMAL"), 1_700_000_000_000
    edits = Edits(SqliteGates(database), 2, lambda: now)
    for _ in range(2):
        await edits.allow(EditPost(BEN, ONE, {}))
    with pytest.raises(RateLimited) as refusal:
        await edits.allow(EditPost(BEN, ONE, {}))
    assert refusal.value.headers() == {
        "Retry-After": str(WINDOW_S),
        "X-RateLimit-Limit": "2",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(now // 1_000 + WINDOW_S),
    }
    await edits.allow(EditPost(ANN, ONE, {}))
    await edits.allow(EditPost(BEN, OTHER, {}))
    now += WINDOW_S * 1_000
    await edits.allow(EditPost(BEN, ONE, {}))
    database.close()


async def test_a_thing_may_be_called_anything(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "views.sqlite", "NORMAL")
    await Edits(SqliteGates(database), 1, lambda: 0).allow(EditPost(ANN, PostId("\ud83d"), {}))
    database.close()
