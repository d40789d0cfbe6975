"""One answer of the driver, awaited: its callbacks, which run in the driver's thread, settle a future of asyncio."""

import asyncio
from contextlib import suppress
from typing import Any

from cassandra.cluster import ResponseFuture

Record = dict[str, Any]
"""One row by column names."""


class Answer:
    """Collects every page. Whoever stops waiting, or closes the loop, is not called any more."""

    def __init__(self, response: ResponseFuture) -> None:
        self._response = response
        self._loop = asyncio.get_running_loop()
        self._records: list[Record] = []
        self.answered: asyncio.Future[list[Record]] = self._loop.create_future()
        response.add_callbacks(self._page, self._failed)

    def _page(self, records: list[Record] | None) -> None:
        self._records += records or ()
        if self._response.has_more_pages and not self.answered.cancelled():
            self._response.start_fetching_next_page()
        else:
            self._call(self._finish)

    def _failed(self, error: Exception) -> None:
        self._call(self._fail, error)

    def _call(self, settle: Any, *arguments: Any) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(settle, *arguments)

    def _finish(self) -> None:
        if not self.answered.done():
            self.answered.set_result(self._records)

    def _fail(self, error: Exception) -> None:
        if not self.answered.done():
            self.answered.set_exception(error)
