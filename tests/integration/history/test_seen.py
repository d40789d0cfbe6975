"""The table `views`: who has seen what, live and in an export, which forgets what the site has forgotten."""

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from commands.ports import Viewed
from commands.ports.views import KEPT_MS
from infra.process.clock import wall_clock
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.viewed import SqliteViewLog
from tests.integration.history.commands import photolog_log, queried
from tests.integration.history.story import POSTS, Story

DAY_MS = 86_400_000
BY_POST = "SELECT post_id, surface, count(*) AS n, sum(dwell_ms)::INT AS ms FROM views GROUP BY ALL ORDER BY ALL"
WITH_LIKES = "SELECT count(*) AS n FROM views v JOIN post_liked l USING (post_id) WHERE v.rank = 0"


@pytest.fixture
def data(told: Story, tmp_path: Path) -> Path:
    return shutil.copytree(told.settings.data, tmp_path / "data")


def see(data: Path, *ats: int) -> None:
    """Somebody sees all posts, at each of these times."""
    with closing(SqliteDatabase(data / "viewed.sqlite", "NORMAL")) as file:
        for at in ats:
            views = [{"post_id": one, "surface": "feed", "rank": n, "dwell_ms": 500} for n, one in enumerate(POSTS)]
            asyncio.run(SqliteViewLog(file).append(Viewed("somebody", at, views)))


def answered(data: Path, query: str, *words: str | Path) -> Any:
    done = photolog_log(data, "sql", "--json", query, *words)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def export(data: Path, folder: Path, *words: str) -> dict[str, int]:
    done = photolog_log(data, "export", "--json", "--to", folder, *words)
    assert done.exit_code == 0, done.output
    rows: dict[str, int] = json.loads(done.stdout)["rows"]
    return rows


def test_views_are_counted_live_as_in_an_export_and_beside_events(data: Path, tmp_path: Path) -> None:
    now = wall_clock()
    see(data, now - DAY_MS, now)
    export(data, tmp_path / "export")
    live = answered(data, BY_POST)
    assert live == [{"post_id": one, "surface": "feed", "n": 2, "ms": 1_000} for one in POSTS]
    assert answered(data, BY_POST, "--over", tmp_path / "export") == live
    asked = ["--personal", "--who", "Ada", "--why", "to see"]
    assert answered(data, WITH_LIKES) == answered(data, WITH_LIKES, *asked) == [{"n": 6}]
    assert answered(data, WITH_LIKES, "--over", tmp_path / "export") == [{"n": 6}]
    assert answered(data, BY_POST, *asked) == live


def test_exported_again_it_has_the_new_views_once_and_forgets_the_old_ones(data: Path, tmp_path: Path) -> None:
    folder, now = tmp_path / "export", wall_clock()
    see(data, now - KEPT_MS - 2 * DAY_MS, now - DAY_MS)
    assert export(data, folder)["views"] == 2 * len(POSTS)
    see(data, now)
    assert export(data, folder)["views"] == 3 * len(POSTS)
    found = queried(f"SELECT position, count(*) AS n FROM '{folder}/views/**/*.parquet' GROUP BY ALL ORDER BY ALL")
    assert found == [{"position": one, "n": len(POSTS)} for one in (2, 3)]
    export(data, folder)
    assert queried(f"SELECT count(*) AS n FROM '{folder}/views/**/*.parquet'") == [{"n": 2 * len(POSTS)}]


def test_after_all_were_forgotten_those_that_come_then_are_not_missed(data: Path, tmp_path: Path) -> None:
    now = wall_clock()
    see(data, now - 2, now - 1)
    export(data, tmp_path / "export")
    with closing(sqlite3.connect(data / "viewed.sqlite")) as file, file:
        file.execute("DELETE FROM viewed")
    see(data, now)
    assert export(data, tmp_path / "export")["views"] == 3 * len(POSTS)


def test_a_selection_of_events_has_no_views_and_a_site_of_before_has_none(data: Path, tmp_path: Path) -> None:
    assert answered(data, BY_POST) == []
    assert "views" not in export(data, tmp_path / "before")
    see(data, wall_clock())
    assert set(export(data, tmp_path / "likes", "--type", "post.liked")) == {"events", "post_liked"}
    lines = export(data, tmp_path / "lines", "--format", "jsonl")
    assert lines["views"] == len(POSTS)
    (file,) = (tmp_path / "lines" / "views").rglob("*.jsonl")
    assert [json.loads(line)["post_id"] for line in file.read_text().splitlines()] == POSTS


def test_whoever_reads_the_log_leaves_a_site_as_it_was(told: Story, tmp_path: Path) -> None:
    data = shutil.copytree(told.settings.data, tmp_path / "data")
    before = contents(data)
    for words in (
        ["tail", "-n", "3"],
        ["export", "--to", str(tmp_path / "export")],
        ["sql", "SELECT count(*) FROM events, views"],
        ["as-of", "2100-01-01", "--read-model", "likes", "--to", str(tmp_path / "likes.parquet")],
        ["catalogue"],
    ):
        assert photolog_log(data, *words).exit_code == 0
    assert contents(data) == before


def contents(data: Path) -> dict[Path, bytes]:
    """Of every file but those by which SQLite's readers and writers find each other."""
    files = (one for one in data.rglob("*") if one.is_file() and one.suffix not in (".sqlite-shm", ".sqlite-wal"))
    return {one: one.read_bytes() for one in files}
