"""Hearing: who remembers what was read of a file hears of changes. Used by the adapters whose reads are remembered.

Another process changes nothing, as it does not hold the folder.
"""

from collections.abc import Collection

from infra.sqlite.database import SqliteDatabase
from projections.ports import Changed


class Hearing:
    """A commit is visible before anybody can be told that it is over. So a change is told at once, and again of
    whatever is read of it until the commit has been heard of: nobody remembers that."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.changed: Changed = lambda _names: None
        """Hears of names; see projections.ports.Changed."""
        self._uncommitted: set[str] = set()
        database.after_commit(self._uncommitted.clear)

    def change(self, names: Collection[str]) -> None:
        """The surrounding transaction changes these."""
        self._uncommitted.update(names)
        self.changed(names)

    def read(self, names: Collection[str]) -> None:
        """These are about to be read."""
        if not self._uncommitted.isdisjoint(names):
            self.changed(names)
