"""`photolog dlq` beside a running server: what waits is listed and shown, and orders are carried out by the server."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from events.codec import encode
from infra.sqlite.database import SqliteDatabase
from schemas.positions import Partition
from tests.callers import callers
from tests.integration.handlers import row_of
from tests.integration.runtime.letters import BAD, like
from tests.integration.stores import NO_KEY, open_site
from tests.pace import patient
from tests.photolog_here import photolog_beside
from tests.processes import running_server


async def photolog(data: Path, *arguments: str) -> tuple[int, str]:
    """One call of the command: its exit code, and what it printed, or why it did not. Others here may log meanwhile."""
    done = await photolog_beside({"PHOTOLOG_DATA": str(data)}, "dlq", *arguments)
    return done.exit_code, done.stderr if done.exit_code else done.stdout


async def waiting(data: Path) -> list[dict[str, Any]]:
    code, said = await photolog(data, "list", "--json")
    assert code == 0, said
    found: list[dict[str, Any]] = json.loads(said)
    return found


@pytest.mark.timeout(300)
async def test_what_waits_is_listed_shown_replaced_and_then_taken(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    before = open_site(data)
    good, bad = like("ac_1", 1), like("ac_2", 1)
    place, _ = await before.log.append([row_of(good, encode(good, NO_KEY)), row_of(bad, BAD)])
    before.truth.close()
    before.views.close()
    async with running_server(data) as server, asyncio.timeout(patient(120)):
        while {one["subscriber"] for one in await waiting(data)} != {"likes@v1", "notifications@v1"}:
            pass
        async with callers(server.url) as http:
            likes = (await http.get("/readyz")).json()["processors"]["likes@v1"]
        held = {"streams": 1, "letters": ["ev_ac_2_1"]}
        assert likes == {"lag": 0, "held": {}, "held_streams": {str(Partition.of(place)): held}}
        code, said = await photolog(data, "show", "ev_ac_2_1", "--json")
        assert code == 0
        assert {letter["entry"] for letter in json.loads(said)} == {"not JSON"}
        other, repaired = tmp_path / "other.json", tmp_path / "repaired.json"
        other.write_bytes(encode(good, NO_KEY))
        repaired.write_bytes(encode(bad, NO_KEY))
        code, said = await photolog(data, "replace", "ev_ac_2_1", str(other), "--why", "cut off")
        assert (code, "is ev_ac_2_1 in the log" in said) == (1, True), "another event is no replacement"
        assert (await photolog(data, "discard", "ev_none", "--why", "x"))[0] == 1
        code, said = await photolog(data, "replace", "ev_ac_2_1", str(repaired), "--why", "cut off", "--json")
        assert (code, json.loads(said)) == (0, {"likes": "replaced", "notifications": "replaced"})
        while await waiting(data):
            pass
    views = SqliteDatabase(data / "views.sqlite", "NORMAL")
    assert views.rows("SELECT SUM(size) FROM table_likes_sizes")[0][0] == 2
    views.close()
