"""SQL over the live log, or over an export: the tables that a query reads are made, then DuckDB answers it.

The live log is exported for it, as far as the query needs it, into a folder that is gone afterwards: so both see the
same. Personal fields in clear are only ever in memory.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq

from commands.ports import Entry, Vault
from events.replay import Selection
from infra.history.columns import EVENTS_TABLE
from infra.history.export import Export
from infra.history.folder import FolderTarget
from infra.history.progress import Progress
from infra.history.reading import Told, pages, told
from infra.history.same_log import of_this_log
from infra.history.seen import VIEWS_TABLE, Seen, written
from infra.history.source import Source
from infra.history.targets import Target
from infra.history.views import Views, files, of_parquet
from processors.planning import keys_of
from schemas.ids import EventId
from schemas.positions import Position

Show = Callable[[list[str], Iterable[Sequence[Any]]], None]
AT_ONCE = 4_000


@dataclass(frozen=True)
class Sql:
    """One query. `over`: an export; None: the live log, and the live views."""

    source: Source
    seen: Seen
    over: Target | None
    export_bytes: int
    say: Callable[[Progress], None] = lambda _progress: None

    async def check(self) -> None:
        """Raises Refused where it is over no export, or over one of another log, whose keys are not here."""
        if self.over is not None:
            await of_this_log(self.over, await of_parquet(self.over), self.source, await self.source.ends())

    async def answer(self, query: str, show: Show) -> None:
        """Shows what the query finds, personal fields redacted. Raises Refused for a query that cannot be answered,
        and over no export."""
        if self.over is not None:
            await of_parquet(self.over)
        with tempfile.TemporaryDirectory(prefix="photolog-sql-") as spill:
            views = Views(Path(spill))
            async with AsyncExitStack() as stack:
                tables = await self._past_views(views, query, stack)
                if tables:
                    target = self.over or await self._exported(Path(spill), views.stems(tables))
                    views.over(await _local(target, tables, stack))
                await _shown(views, query, show)

    async def _past_views(self, views: Views, query: str, stack: AsyncExitStack) -> set[str]:
        """The tables that a query reads, but for who has seen what: that is there by then."""
        tables = set(views.asked(query))
        if VIEWS_TABLE in tables:
            if self.over is None:
                spill = stack.enter_context(tempfile.TemporaryDirectory(prefix="photolog-views-"))
                views.over(await written(self.seen, Path(spill, "views.parquet")))
            else:
                views.over(await _local(self.over, [VIEWS_TABLE], stack))
        return tables - {VIEWS_TABLE}

    async def _exported(self, spill: Path, stems: tuple[str, ...]) -> Target:
        """The live log, as far as a query needs it."""
        target = FolderTarget(spill / "export")
        await Export(self.source, target, Selection(types=stems), "parquet", self.export_bytes, self.say).run()
        return target

    async def answer_in_clear(self, query: str, vault: Vault, show: Show) -> None:
        """The same with personal fields whose keys still stand: whoever asks has been recorded."""
        views = Views(None)
        async with AsyncExitStack() as stack:
            if tables := await self._past_views(views, query, stack):
                async for page in self._pages(views.stems(tables), vault):
                    views.fill(page, tables)
            await _shown(views, query, show)

    def _pages(self, stems: tuple[str, ...], vault: Vault) -> AsyncIterator[list[Told]]:
        if self.over is None:
            return pages(self.source, Selection(types=stems), keys=partial(keys_of, vault=vault))
        return _of_export(self.over, stems, vault)


async def _shown(views: Views, query: str, show: Show) -> None:
    """In a thread, so that Ctrl-C is heard meanwhile."""
    try:
        await asyncio.to_thread(lambda: show(*views.answer(query)))
    except asyncio.CancelledError:
        views.stop()
        raise


async def _local(target: Target, tables: Collection[str], stack: AsyncExitStack) -> dict[str, list[Path]]:
    """The files of these tables of an export, for as long as the stack lasts."""
    return {
        table: [await stack.enter_async_context(target.local(name)) for name in names]
        for table, names in (await files(target, tables)).items()
    }


async def _of_export(over: Target, stems: Collection[str], vault: Vault) -> AsyncIterator[list[Told]]:
    """Events of an export, as the log has them."""
    for name in (await files(over, [EVENTS_TABLE])).get(EVENTS_TABLE, []):
        async with over.local(name) as file:
            rows = pq.ParquetFile(file)
            for batch in rows.iter_batches(AT_ONCE):
                entries = [entry_of(row) for row in batch.to_pylist() if not stems or row["type"] in stems]
                keys = await keys_of(entries, vault)
                yield [one for entry in entries if isinstance(one := told(entry, keys), Told)]


def entry_of(row: dict[str, Any]) -> Entry:
    """An entry, from its row among all events: as it was stored, byte for byte but for the order of its members."""
    at, version = round(row["at"].timestamp() * 1000), row["schema_version"]
    name = f"{row['type']}.v{version}"
    said = {
        "id": row["event_id"],
        "type": name,
        "schema_version": version,
        "stream": row["stream"],
        "version": row["stream_version"],
        "at": at,
        "actor": row["actor"],
        "causation": row["causation_id"],
        "correlation": row["correlation_id"],
        "subject": row["subject"],
        "data": orjson.loads(row["data"]),
    }
    position = Position(row["topic"], row["partition"], row["position"])
    return Entry(position, row["stream"], row["stream_version"], EventId(row["event_id"]), name, orjson.dumps(said), at)
