"""`photolog log as-of`: now it is the live table, earlier it is what the story says; personal columns are left out."""

import asyncio
import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from commands.ports import Entry
from infra.history.as_of import Fold, declared
from infra.secrets.site import site_secrets
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.tables import SqliteTables
from infra.wiring import assembly
from infra.wiring.folder import databases, ports
from infra.wiring.subscribers import Feeder
from processors.log_driver import LogDriver
from projections import dead_letters
from projections.all import PROJECTIONS
from schemas.ids import EventId
from schemas.positions import Position
from schemas.tables import ColumnType, Table
from tests.integration.history.commands import photolog_log
from tests.integration.history.story import ANN, BEN, EVE, POSTS, Story, settings_of
from tests.pace import patient

ALL = {table.name: table for projection in PROJECTIONS for table in projection.tables}
NOW = "2030-01-01"
Rows = list[dict[str, Any]]
WITHIN_S = 30.0


def folded(data: Path, file: Path, table: str, at: str = NOW, *words: str) -> Rows:
    done = photolog_log(data, "as-of", at, "--read-model", table, "--to", file, *words)
    assert done.exit_code == 0, done.output
    return [_as_live(ALL[table], row) for row in pq.read_table(file).to_pylist()]


def _as_live(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """As the Tables port gives it."""
    times = {name for name in row if table.types[name] is ColumnType.TIME}
    texts = {name for name in row if table.types[name] is ColumnType.JSON}
    said = {name: round(row[name].timestamp() * 1000) for name in times if row[name] is not None}
    return {**row, **said, **{name: orjson.loads(row[name]) for name in texts if row[name] is not None}}


async def project(data: Path) -> None:
    """Feeds every read model, dead letters first, to the end of the log: what they cannot take is said there, too."""
    settings = settings_of(data)
    with databases(settings) as files:
        opened = await ports(settings, site_secrets(settings), files, "test")
        feeder = Feeder(opened.write, opened.read, assembly.handler(opened.write), settings)
        log, running = opened.write.log, []
        for projection in sorted(PROJECTIONS, key=lambda one: one is not dead_letters.PROJECTION):
            running.append(asyncio.create_task(LogDriver(feeder.runtime(projection)).run()))
            ends: Mapping[tuple[str, int], int] = {}
            while ends != (ends := await log.ends()):
                places = [Position(*place, end - 1) for place, end in ends.items() if end]
                ids = [one.id for one in PROJECTIONS if one in (dead_letters.PROJECTION, projection)]
                assert await opened.read.positions.wait(ids, places, patient(WITHIN_S))
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def live(data: Path, found: Mapping[str, Rows]) -> tuple[dict[str, Rows], dict[str, int]]:
    """What stands under the keys of these rows, and how many rows there are."""
    rows, counts = {}, {}
    with closing(SqliteDatabase(data / "views.sqlite", "NORMAL")) as views:
        tables = SqliteTables(views)
        for name, expected in found.items():
            keys = [ALL[name].key(row) for row in expected]
            got = await tables.get(ALL[name], keys)
            rows[name] = [dict(got[key]) for key in keys if key in got]
            counts[name] = views.rows(f"SELECT count(*) FROM table_{name} WHERE _present")[0][0]
    return rows, counts


async def test_now_every_table_is_the_live_one(told: Story, tmp_path: Path) -> None:
    data = shutil.copytree(told.settings.data, tmp_path / "data")
    await project(data)
    words = ["--personal", "--who", "Ada", "--why", "to compare"]
    found = {name: await asyncio.to_thread(folded, data, tmp_path / "now", name, NOW, *words) for name in ALL}
    rows, counts = await live(data, found)
    assert rows == found
    assert counts == {name: len(table) for name, table in found.items()}
    assert {name for name, number in counts.items() if number} >= {"accounts", "posts", "followers", "likes", "letters"}


@pytest.mark.parametrize(
    ("at", "followers", "posts", "likers"),
    [
        ("2027-01-15T07:59:59Z", set(), set(), set()),
        ("2027-01-15T08:00:00Z", {BEN}, set(), set()),
        ("2027-01-16T08:00:00Z", {BEN, EVE}, {POSTS[1]}, set()),
        ("2027-01-17T08:00:00Z", {BEN, EVE}, set(POSTS), {ANN, BEN, EVE}),
        ("2027-01-18T08:00:00Z", {BEN}, set(POSTS[:2]), {ANN, BEN, EVE}),
    ],
)
def test_earlier_it_is_what_had_happened_by_then(
    told: Story, tmp_path: Path, at: str, followers: set[str], posts: set[str], likers: set[str]
) -> None:
    data, file = told.settings.data, tmp_path / "then.parquet"
    assert {row["follower_id"] for row in folded(data, file, "followers", at)} == followers
    assert {row["post_id"] for row in folded(data, file, "posts_by_author", at)} == posts
    assert {row["account_id"] for row in folded(data, file, "likes", at)} == likers


def test_personal_columns_are_left_out_and_a_table_by_what_is_personal_is_refused(told: Story, tmp_path: Path) -> None:
    (*_, row) = folded(told.settings.data, tmp_path / "posts.parquet", "posts")
    assert not {"caption", "tags", "alt_text", "location"} & row.keys()
    assert {"post_id", "author_id", "renditions", "published_at"} <= row.keys()
    for table, said in (("usernames", "needs --personal"), ("nothing", "there are accounts,")):
        done = photolog_log(told.settings.data, "as-of", NOW, "--read-model", table, "--to", tmp_path / "none")
        assert (done.exit_code, said in done.output) == (1, True)
    assert not (tmp_path / "none").exists()


def test_nothing_is_held_by_what_a_read_model_does_not_read_as_in_live_processing() -> None:
    projection, table = declared("posts")
    fold = Fold(projection, table, at=0)
    for type_, held in (("post.processing_started.v1", False), ("post.published.v1", True)):
        assert projection.reads(type_) == held
        stream = f"post/{type_}"
        entry = Entry(Position("photolog.posts", 0, 0), stream, 1, EventId("ev_0"), type_, b"not JSON", 0)
        fold.take(entry, entry, {})
        assert (stream in fold.held) == held
