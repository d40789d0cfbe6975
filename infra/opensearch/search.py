"""OpensearchSearch: the Search port on OpenSearch. Written by processors after the rows, read by queries.

An index is made by whoever first writes to it: no process waits for OpenSearch to start. It is sorted as pages are,
so that a page costs no more where many rows match. A row that is gone leaves a document without words: its version
would be forgotten after a minute, and something older could bring it back.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from infra.opensearch.connection import OpensearchConnection, Refused
from projections.search_ports import Hit
from projections.table_ports import Write
from schemas.errors import Unavailable
from schemas.tables import Table
from schemas.words import Term

AT_ONCE = 1_000
"""Documents of one request."""
EXISTS, ABSENT, OLDER, NOT_STARTED = 400, 404, 409, 503
STARTS_WITHIN = "1s"
"""So long an index that was made just now may take until it can be asked; one that is broken does not come back."""
NONE = "_none_"
"""A hit's sort values say all: to read even its id, OpenSearch would unpack a block of documents."""
SEEN_WITHIN = "200ms"
"""How often what was written can be found from then on. Writers wait for it, so that positions never run ahead."""


class OpensearchSearch:
    """An index for each table, under the site's prefix."""

    def __init__(self, connection: OpensearchConnection, prefix: str = "", shards: int = 1, replicas: int = 0) -> None:
        self._connection = connection
        self._prefix = f"{prefix}photolog." if prefix else "photolog."
        self._settings = {"number_of_shards": shards, "number_of_replicas": replicas, "refresh_interval": SEEN_WITHIN}
        self._made: set[str] = set()

    async def create(self, tables: Sequence[Table]) -> None:
        """Whoever comes second finds it there."""
        sort = {"field": ["at", "key"], "order": ["desc", "desc"]}
        words = {"type": "text", "analyzer": "whitespace", "norms": False, "index_options": "docs"}
        body = {
            "settings": {"index": {**self._settings, "sort": sort}},
            "mappings": {
                "dynamic": "strict",
                "properties": {"words": words, "at": {"type": "long"}, "key": {"type": "keyword"}},
            },
        }
        for index in map(self._index, tables):
            if not await self._connection.ask("GET", index, fine=(ABSENT,)):
                await self._connection.ask("PUT", index, body, fine=(EXISTS,))
            self._made.add(index)

    async def remove(self, tables: Sequence[Table]) -> None:
        """One index after the other."""
        for index in map(self._index, tables):
            self._made.discard(index)
            await self._connection.ask("DELETE", index, fine=(ABSENT,))

    async def write(self, writes: Sequence[Write]) -> None:
        """Bulk requests, whose versions are the rows' numbers."""
        await self.create([table for table in {one.table for one in writes} if self._index(table) not in self._made])
        for start in range(0, len(writes), AT_ONCE):
            some = writes[start : start + AT_ONCE]
            body = b"".join(line + b"\n" for write in some for line in self._lines(write))
            said = await self._connection.ask("POST", "/_bulk", body, refresh="wait_for")
            _check(item["index"] for item in said["items"])

    async def find(self, table: Table, terms: Sequence[Term], limit: int, after: Hit | None = None) -> list[Hit]:
        """Where nobody has written yet there is nothing. Raises Unavailable rather than answer without some shard."""
        if not terms:
            return []
        wanted = [{"prefix" if term.begins else "term": {"words": term.text}} for term in terms]
        body = {
            "query": {"bool": {"filter": wanted}},
            "sort": [{"at": "desc"}, {"key": "desc"}],
            "size": limit,
            "track_total_hits": False,
            "stored_fields": NONE,
            **({} if after is None else {"search_after": list(after)}),
        }
        index = self._index(table)
        try:
            said = await self._asked(index, body)
        except Refused as refused:
            if refused.of_http != NOT_STARTED:
                raise
            health = f"/_cluster/health{index}"
            await self._connection.ask("GET", health, wait_for_active_shards="all", timeout=STARTS_WITHIN)
            said = await self._asked(index, body)
        return [Hit(*hit["sort"]) for hit in said["hits"]["hits"]] if said else []

    async def _asked(self, index: str, body: dict[str, Any]) -> Mapping[str, Any]:
        """Empty where there is no such index."""
        return await self._connection.ask(
            "POST", f"{index}/_search", body, (ABSENT,), allow_partial_search_results="false"
        )

    def _index(self, table: Table) -> str:
        return f"/{self._prefix}{table.stored_name}"

    def _lines(self, write: Write) -> Iterable[bytes]:
        searched, (key,) = write.table.searched, write.key
        if searched is None:
            raise TypeError(f"{write.table.name} is not searched")
        place = {"_index": self._index(write.table)[1:], "_id": key}
        yield orjson.dumps({"index": {**place, "version": write.number, "version_type": "external"}})
        row = write.row or {searched.words: "", searched.newest: 0}
        yield orjson.dumps({"words": row[searched.words], "at": row[searched.newest], "key": key})


def _check(items: Iterable[Any]) -> None:
    """What is older than what is there is refused, as it should be. Raises Unavailable for anything else."""
    refused = {item["status"] for item in items if "error" in item} - {OLDER}
    if refused:
        raise Unavailable(f"the search index refuses documents: {sorted(refused)}")
