"""SQL over the live log, or over an export: the tables that a query reads are made, then DuckDB answers it.

The live log is exported for it, as far as the query needs it, into a folder that is gone afterwards: so both see the
same. Personal fields in clear are only ever in memory.
"""

import tempfile
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq

from commands.ports import Entry, Vault
from events.replay import Selection
from infra.history.export import Export
from infra.history.parts import EVENTS_TABLE
from infra.history.progress import Progress
from infra.history.reading import Told, pages, told
from infra.history.source import Source
from infra.history.views import Views, files
from processors.planning import keys_of
from schemas.ids import EventId
from schemas.positions import Position

Answer = tuple[list[str], Iterable[Sequence[Any]]]
AT_ONCE = 4_000


@dataclass(frozen=True)
class Sql:
    """One query. `over`: an export's folder; None: the live log."""

    source: Source
    over: Path | None
    export_bytes: int
    say: Callable[[Progress], None] = lambda _progress: None

    async def answer(self, query: str, show: Callable[[list[str], Iterable[Sequence[Any]]], None]) -> None:
        """Shows what the query finds, personal fields redacted. Raises Refused for a query that cannot be answered."""
        with tempfile.TemporaryDirectory(prefix="photolog-sql-") as spill:
            views = Views(Path(spill))
            tables = views.asked(query)
            folder = self.over or Path(spill, "export")
            if self.over is None and tables:
                folder.mkdir()
                selection = Selection(types=views.stems(tables))
                await Export(self.source, folder, selection, "parquet", self.export_bytes, self.say).run()
            if tables:
                views.over(folder, tables)
            show(*views.answer(query))

    async def answer_in_clear(
        self, query: str, vault: Vault, show: Callable[[list[str], Iterable[Sequence[Any]]], None]
    ) -> None:
        """The same with personal fields whose keys still stand: whoever asks has been recorded."""
        views = Views(None)
        tables = views.asked(query)
        async for page in self._pages(views.stems(tables), vault):
            views.fill(page, tables)
        show(*views.answer(query))

    def _pages(self, stems: tuple[str, ...], vault: Vault) -> AsyncIterator[list[Told]]:
        if self.over is None:
            return pages(self.source, Selection(types=stems), keys=partial(keys_of, vault=vault))
        return _of_export(files(self.over).get(EVENTS_TABLE, []), stems, vault)


async def _of_export(found: Sequence[Path], stems: Collection[str], vault: Vault) -> AsyncIterator[list[Told]]:
    """Events of an export, as the log has them."""
    for file in found:
        with pq.ParquetFile(file) as rows:
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
