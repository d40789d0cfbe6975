"""`photolog log archive`: sealed segments, and the log behind them, read as the log alone, even if that has lost its
beginning. What SQL finds there is compared in test_sql.py."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from commands.ports import Entry
from infra.archive import manifest as manifests
from infra.archive.manifest import Manifest, Segment
from infra.directory.objects import DirectoryObjects
from infra.history.refusals import Refused
from infra.process.clock import wall_clock
from infra.wiring.history import opened_history
from schemas.positions import Partition
from tests.integration.history.archives import archived, newest, objects_of, taken_at
from tests.integration.history.commands import photolog, photolog_log, queried
from tests.integration.history.story import Story, settings_of


async def _entries(data: Path, archive: bool) -> dict[Partition, list[Entry]]:
    read: dict[Partition, list[Entry]] = {}
    async with opened_history(settings_of(data), archive) as source:
        async for found in source.read({}, await source.ends()):
            read.setdefault(Partition.of(found[0].position), []).extend(found)
    return read


def test_archive_and_log_hold_every_byte_of_the_log_each_partition_in_its_order(whole: Path, cut: Path) -> None:
    assert asyncio.run(_entries(cut, archive=True)) == asyncio.run(_entries(whole, archive=False))
    assert photolog_log(whole, "archive", "--verify").exit_code == 0


def test_a_log_whose_beginning_is_gone_is_not_taken_for_a_whole_one(cut: Path, tmp_path: Path) -> None:
    done = photolog_log(cut, "export", "--to", tmp_path / "export")
    assert (done.exit_code, "begins at" in done.output, "--archive" in done.output) == (1, True, True)


def test_an_export_and_a_moment_are_the_same_too(told: Story, cut: Path, tmp_path: Path) -> None:
    answers: list[Any] = []
    for data, words in ((told.settings.data, ()), (cut, ("--archive",))):
        folder = tmp_path / f"of-{len(answers)}"
        assert photolog_log(data, "export", "--to", folder, *words).exit_code == 0
        file = tmp_path / "followers.parquet"
        moment = photolog_log(data, "as-of", "2027-01-16T08:00:00Z", "--read-model", "followers", "--to", file, *words)
        assert moment.exit_code == 0
        rows = queried(f"SELECT * FROM '{folder}/events/**/*.parquet' ORDER BY topic, partition, position")
        answers.append((rows, pq.read_table(file).to_pylist()))
    assert answers[0] == answers[1]


def test_a_rebuild_from_archive_and_log_equals_a_rebuild_from_the_log(
    whole: Path, cut: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.versions.kept.QUIET_S", 0.0)
    for module in ("kept", "orders"):
        monkeypatch.setattr(f"infra.versions.{module}.LEASE_S", 0.0)
    built: list[dict[str, Any]] = []
    for data, words in ((whole, ()), (cut, ("--archive",))):
        copy = shutil.copytree(data, tmp_path / f"of-{len(built)}")
        done = photolog(copy, "projections", "rebuild", "likes", *words)
        assert done.exit_code == 0, done.output
        with closing(sqlite3.connect(copy / "views.sqlite")) as views:
            tables = [name for (name,) in views.execute("SELECT name FROM sqlite_master WHERE name LIKE '%likes%v2%'")]
            built.append({name: sorted(views.execute(f"SELECT * FROM {name}").fetchall()) for name in tables})
    assert built[0] == built[1]
    assert any(built[0].values())


def test_a_damaged_segment_is_found_and_named_whoever_reads_it(whole: Path, tmp_path: Path) -> None:
    data = shutil.copytree(whole, tmp_path / "data")
    segment = newest(data).segments[0]
    (blob,) = [one for one in (data / "objects" / "blobs").iterdir() if one.stat().st_size == segment.size_bytes][:1]
    content = bytearray(blob.read_bytes())
    content[len(content) // 2] ^= 1
    blob.write_bytes(content)
    for words in (("archive", "--verify"), ("export", "--archive", "--to", tmp_path / "export")):
        done = photolog_log(data, *words)
        assert (done.exit_code, "the archive is damaged" in done.output) == (1, True)


def test_an_archive_of_another_log_is_neither_gone_on_with_nor_read(told: Story, whole: Path, tmp_path: Path) -> None:
    data = shutil.copytree(whole, tmp_path / "data")
    with closing(sqlite3.connect(data / "log.sqlite")) as log, log:
        log.execute("UPDATE log SET event_id = 'ev_other' || offset")
    for words in (["archive", "--before", "2100-01-01"], ["archive", "--verify"]):
        done = photolog_log(data, *words)
        assert (done.exit_code, "another log" in done.output) == (1, True)
    assert "nothing is archived" in photolog_log(told.settings.data, "sql", "--archive", "FROM post_liked").output


async def test_of_two_who_archive_at_one_time_one_is_refused_and_a_gap_is_no_archive(tmp_path: Path) -> None:
    objects = DirectoryObjects(tmp_path, "", b"key", wall_clock)
    first = Segment("photolog.posts", 0, 0, 5, "archive/a", 1, "", "", "ev_4")
    await manifests.put(objects, Manifest().and_(first))
    with pytest.raises(Refused, match="somebody else"):
        await manifests.put(objects, Manifest().and_(first))
    assert (await manifests.newest(objects)).ends == {first.place: 5}
    later = Segment("photolog.posts", 0, 6, 9, "archive/b", 1, "", "", "ev_8")
    with pytest.raises(Refused, match="gap"):
        _ = Manifest().and_(first).and_(later).ends


def test_what_was_left_by_a_run_that_was_killed_is_no_part_of_it(told: Story, whole: Path, tmp_path: Path) -> None:
    """A segment that no manifest names: the next run seals the same events, perhaps in another file."""
    data = shutil.copytree(told.settings.data, tmp_path / "data")
    archived(data, "--before", taken_at(data, 1 / 3))
    objects = objects_of(data)
    asyncio.run(objects.delete(f"{manifests.MANIFESTS}{newest(data).number:09}.json"))
    assert archived(data, "--before", taken_at(data, 2 / 3))["events"] == sum(newest(whole).ends.values())
    assert photolog_log(data, "archive", "--verify").exit_code == 0


@pytest.mark.parametrize("words", [[], ["--before", "2027-01-01", "--verify"], ["--before", "lately"]])
def test_it_must_be_said_what_is_to_be_done(told: Story, words: list[str]) -> None:
    assert photolog_log(told.settings.data, "archive", *words).exit_code == 2
