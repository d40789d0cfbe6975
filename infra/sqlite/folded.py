"""SqliteFolded: digests of rows in a temporary file, so that a fold of any log takes little memory."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from processors.verifying import Digest
from schemas.tables import Key

DDL = """
CREATE TABLE folded (
    name TEXT, key BLOB, number INTEGER, content BLOB, taken INTEGER DEFAULT 0, PRIMARY KEY (name, key)
) WITHOUT ROWID
"""
PUT = """
INSERT INTO folded (name, key, number, content) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET number = excluded.number, content = excluded.content WHERE excluded.number > number
"""


class SqliteFolded:
    """The Folded of verifying.py. Durable for nobody."""

    def __init__(self, path: Path) -> None:
        self._file = sqlite3.connect(path, isolation_level=None)
        self._file.execute("PRAGMA journal_mode=OFF")
        self._file.execute("PRAGMA synchronous=OFF")
        self._file.execute(DDL)

    def put(self, table: str, rows: Iterable[tuple[Key, Digest]]) -> None:
        """In one transaction."""
        self._file.execute("BEGIN")
        self._file.executemany(PUT, [(table, orjson.dumps(key), *digest) for key, digest in rows])
        self._file.execute("COMMIT")

    def take(self, table: str, keys: Sequence[Key]) -> Mapping[Key, Digest]:
        """One look for each key."""
        found = {}
        self._file.execute("BEGIN")
        for key in keys:
            text = orjson.dumps(key)
            row = self._file.execute(
                "UPDATE folded SET taken = 1 WHERE name = ? AND key = ? RETURNING number, content", [table, text]
            ).fetchone()
            if row is not None:
                found[key] = Digest(*row)
        self._file.execute("COMMIT")
        return found

    def left(self, table: str) -> Iterable[tuple[Key, Digest]]:
        """Read on as they are asked for."""
        query = "SELECT key, number, content FROM folded WHERE name = ? AND NOT taken"
        for key, number, content in self._file.execute(query, [table]):
            yield tuple(orjson.loads(key)), Digest(number, content)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
