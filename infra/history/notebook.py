"""The log in a program or a notebook: typed events, or Arrow batches, of the site that PHOTOLOG_* settings name.

    from infra.history.notebook import opened

    with opened() as log:
        for delivery in log.replay(types=["post.published"], since="2026-11-01"):
            print(delivery.position, delivery.recorded.at, delivery.recorded.event.author_id)
        likes = log.table("post.liked").to_pandas()

Works where an event loop runs already, as it does in notebooks: the log is read in a thread with a loop of its own.
Personal fields are REDACTED, or null: `photolog log sql --personal` is the way to those, and is recorded.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from events.delivery import Delivery
from events.replay import Selection
from infra.history.reading import Told, pages
from infra.history.source import Offsets, Source
from infra.process.environment import load_settings
from infra.process.settings import Settings
from infra.wiring.history import opened_history
from schemas.ids import Millis

T = TypeVar("T")
Moment = str | datetime | Millis | None


@dataclass(frozen=True)
class Log:
    """An opened log. `starts` and `ends` are offsets by partition; the others as `photolog log export` has them."""

    source: Source
    loop: asyncio.AbstractEventLoop

    def ends(self) -> Offsets:
        """The offset that the next event of each partition will get."""
        return self._wait(self.source.ends())

    def replay(
        self,
        types: Sequence[str] = (),
        streams: Sequence[str] = (),
        subjects: Sequence[str] = (),
        since: Moment = None,
        until: Moment = None,
        raw: bool = False,
        starts: Offsets | None = None,
        ends: Offsets | None = None,
    ) -> Iterator[Delivery]:
        """Events as today's types, each once, in the order of the log within each partition."""
        selection = Selection(tuple(types), tuple(streams), tuple(subjects), _millis(since), _millis(until), raw)
        for page in self._pages(selection, starts, ends):
            yield from (Delivery(one.recorded, one.entry.position) for one in page)

    def batches(self, type_: str, since: Moment = None, until: Moment = None) -> Iterator[Any]:
        """One pyarrow.RecordBatch after another of a type, `noun.verb`, with the columns of its table."""
        from infra.history.columns import all_columns
        from infra.history.rows import envelopes, typed_batch

        columns = all_columns()[type_]
        for page in self._pages(Selection(types=(type_,), since=_millis(since), until=_millis(until))):
            yield typed_batch([one.recorded.event for one in page], envelopes(page), columns, clear=True)

    def table(self, type_: str, since: Moment = None, until: Moment = None) -> Any:
        """All of them as one pyarrow.Table."""
        import pyarrow as pa

        from infra.history.columns import all_columns

        return pa.Table.from_batches(self.batches(type_, since, until), all_columns()[type_].clear)

    def _pages(
        self, selection: Selection, starts: Offsets | None = None, ends: Offsets | None = None
    ) -> Iterator[list[Told]]:
        found = pages(self.source, selection, starts=starts, ends=ends)
        while (page := self._wait(_next(found))) is not None:
            yield page

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()


@contextmanager
def opened(settings: Settings | None = None, archive: bool = False) -> Iterator[Log]:
    """The log of these settings, or of the environment's; its beginning from the archive, if that is wanted. Raises
    SettingsInvalid where there is no site."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="photolog log", daemon=True)
    thread.start()
    context = opened_history(settings or load_settings(), archive)
    try:
        source = asyncio.run_coroutine_threadsafe(context.__aenter__(), loop).result()
        try:
            yield Log(source, loop)
        finally:
            asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _next(found: AsyncIterator[list[Told]]) -> list[Told] | None:
    return await anext(found, None)


def _millis(moment: Moment) -> Millis | None:
    """A time as events have it; a text is RFC 3339 or a date, and without an offset a time is UTC."""
    if moment is None or isinstance(moment, int):
        return moment
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
