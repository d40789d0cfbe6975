"""Facts of the whole site that all of its processes agree on. Kept beside the ledger; written by whoever is first."""

from dataclasses import dataclass
from typing import Protocol

PARTITIONS = "partitions"
"""The row that says how many partitions each topic of the log has: written before they are made, and never again."""


@dataclass(frozen=True)
class SiteRow:
    """One fact as it is stored: `revision` is 1 when it is first written, and one more each time."""

    revision: int
    content: str


class SiteRows(Protocol):
    """A handful of named rows, each changed by compare-and-set."""

    async def read(self, name: str) -> SiteRow | None:
        """A row that is not older than the last write that was answered with True. None: it was never written."""

    async def write(self, name: str, content: str, after: int) -> bool:
        """Stores the content if the row's revision is `after` (0: there is none). False: somebody else was first.

        Durable on return. Raises Unavailable when nobody can say whether it stands.
        """
