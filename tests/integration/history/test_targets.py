"""Where an export is put: a folder, or the site's store. Cut short anywhere, it goes on; of two, one is refused."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow.parquet as pq
import pytest

from events.replay import Selection
from infra.directory.objects import DirectoryObjects
from infra.history import manifest as manifests
from infra.history.export import Export
from infra.history.folder import FolderTarget
from infra.history.parts import numbered, table_of
from infra.history.refusals import Refused
from infra.history.stored import StoredTarget
from infra.history.targets import Target
from infra.process.clock import wall_clock
from infra.wiring.history import opened_history
from tests.integration.history.commands import photolog_log, queried
from tests.integration.history.story import Story, settings_of

SEGMENT_BYTES = 3_000
Targets = Callable[[str], Target]


class Cut(Exception):
    """The process dies here."""


def dying(target: Any, after: int) -> Target:
    """The same place, whose writer dies at its so manyeth change: before a manifest, or in the middle of a file."""
    left = after

    def passing() -> bool:
        nonlocal left
        left -= 1
        return left >= 0

    class Dying(type(target)):  # type: ignore[misc]  # whichever it is
        async def put(self, name: str, write: Callable[[BinaryIO], None]) -> None:
            if not passing():
                await super().put(name, _half)
            await super().put(name, write)

        async def declare(self, manifest: bytes) -> None:
            if not passing():
                raise Cut
            await super().declare(manifest)

    target.__class__ = Dying
    return target  # type: ignore[no-any-return]


def _half(file: BinaryIO) -> None:
    file.write(b"PAR1")
    raise Cut


@pytest.fixture(params=["folder", "object store"])
def targets(request: pytest.FixtureRequest, tmp_path: Path) -> Targets:
    """Places by name; one name is one place."""
    if request.param == "folder":
        return lambda name: FolderTarget(tmp_path / name)
    objects = DirectoryObjects(tmp_path, "", b"of no concern here", wall_clock)
    return lambda name: StoredTarget(objects, f"exports/{name}/", name)


async def export(told: Story, target: Target) -> None:
    async with opened_history(settings_of(told.settings.data)) as source:
        await Export(source, target, Selection(), "parquet", SEGMENT_BYTES).run()


async def rows(target: Target) -> dict[str, list[Any]]:
    """By table, what those files say that count."""
    manifest = await manifests.read(target)
    assert manifest is not None
    found: dict[str, list[Any]] = {}
    for name, number in numbered(await target.names(), "parquet").items():
        assert number < manifest.next_number, "nothing else lies there"
        async with target.local(name) as file:
            found.setdefault(table_of(name), []).extend(pq.ParquetFile(file).read().to_pylist())
    return {table: sorted(read, key=lambda row: row["event_id"]) for table, read in found.items()}


async def test_cut_short_at_any_change_it_goes_on_without_a_doubled_or_missing_row(
    told: Story, targets: Targets
) -> None:
    await export(told, targets("whole"))
    whole, cuts = await rows(targets("whole")), 0
    assert {"events", "unreadable", "post_liked"} <= whole.keys()
    while True:
        place = f"cut-{cuts}"
        try:
            await export(told, dying(targets(place), 4 * cuts + 1))
            break
        except Cut:
            cuts += 1
        await export(told, targets(place))
        assert await rows(targets(place)) == whole
    assert cuts > 5


async def test_of_two_that_write_to_one_place_of_the_store_one_is_refused(told: Story, tmp_path: Path) -> None:
    objects = DirectoryObjects(tmp_path, "", b"of no concern here", wall_clock)
    one, other = (StoredTarget(objects, "exports/", "s3://photolog/exports") for _ in range(2))
    runs = await asyncio.gather(export(told, one), export(told, other), return_exceptions=True)
    refused = [run for run in runs if isinstance(run, Refused)]
    assert len(refused) >= 1, runs
    await export(told, StoredTarget(objects, "exports/", ""))
    alone = StoredTarget(objects, "alone/", "")
    await export(told, alone)
    assert await rows(StoredTarget(objects, "exports/", "")) == await rows(alone)


def test_an_export_to_the_sites_store_holds_what_one_to_a_folder_does_and_is_queried_there(
    told: Story, folder: Path
) -> None:
    data, place = told.settings.data, "s3://photolog/exports/all"
    for _ in range(2):
        assert photolog_log(data, "export", "--to", place).exit_code == 0
    query = "SELECT event_id, type, data FROM events ORDER BY event_id"
    found = photolog_log(data, "sql", "--json", query, "--over", place)
    assert found.stdout == photolog_log(data, "sql", "--json", query, "--over", folder).stdout
    assert len(queried(f"FROM '{folder}/events/**/*.parquet'")) == found.stdout.count('"event_id"')
    again = photolog_log(data, "export", "--to", place, "--raw")
    assert (again.exit_code, "another export" in again.output) == (1, True)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("s3://elsewhere/exports", "its bucket is s3://photolog"),
        ("s3://photolog", "no place"),
        ("s3://photolog/uploads/x", "no place"),
        ("s3://photolog/m", "no place"),
        ("s3://photolog/archive/x", "no place"),
        ("s3://photolog/a b", "letters, digits"),
    ],
)
def test_a_place_that_is_none_is_refused(told: Story, place: str, said: str) -> None:
    done = photolog_log(told.settings.data, "export", "--to", place)
    assert (done.exit_code, said in done.output) == (1, True), done.output
