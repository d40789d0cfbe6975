"""SqliteRelations: the Relations port where the tables are in the same file: they are asked, and nothing is copied."""

from collections.abc import Sequence

from infra.sqlite.database import SqliteDatabase
from infra.sqlite.hearing import Hearing
from projections.ports import Changed, Related
from schemas.ids import AccountId


class SqliteRelations:
    """Knows nothing, so that every reader asks the tables: a look into them costs what a look into a copy would."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._hearing = Hearing(database)

    def forget(self) -> None:
        """Anything may have changed."""
        self._hearing.changed(None)

    def hear(self, changed: Changed) -> None:
        """Told of every change."""
        self._hearing.changed = changed

    async def look(self, account: AccountId, members: Sequence[str]) -> tuple[dict[str, bool], str]:
        """Nothing is known."""
        self._hearing.read([account])
        return {}, ""

    async def fill(self, lease: str, rows: Sequence[Related]) -> None:
        """Nothing is kept."""

    async def note(self, rows: Sequence[Related]) -> None:
        """Called inside the transaction that changes the rows."""
        self._hearing.change({row.account for row in rows})
