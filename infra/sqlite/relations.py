"""SqliteRelations: the Relations port where the tables are in the same file: they are asked, and nothing is copied."""

from collections.abc import Sequence

from projections.ports import Related
from schemas.ids import AccountId


class SqliteRelations:
    """Knows nothing, so that every reader asks the tables: a look into them costs what a look into a copy would."""

    async def look(self, account: AccountId, members: Sequence[str]) -> tuple[dict[str, bool], str]:
        """Nothing is known."""
        return {}, ""

    async def fill(self, lease: str, rows: Sequence[Related]) -> None:
        """Nothing is kept."""

    async def note(self, rows: Sequence[Related]) -> None:
        """Nothing is kept."""
