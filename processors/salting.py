"""In which part of its author's posts a post will lie: decided when it is published, and told by its events.

Posts of celebrities are read by everybody who follows them: so theirs are spread, if the site asks for that. Whoever
reads looks into all parts of everybody who is, or ever was, a celebrity (DESIGN, "The feed"); that row is there before
anything is decided here.
"""

import zlib
from dataclasses import dataclass

from projections.celebrities import celebrity_row, is_celebrity
from projections.ports import TableReads
from schemas.ids import AccountId, PostId


@dataclass(frozen=True)
class Salting:
    """Of a site. With one part everything lies where it ever did."""

    tables: TableReads
    parts: int

    async def salt(self, author: AccountId, post: PostId) -> int:
        """0 to `parts` - 1. Raises Unavailable."""
        if self.parts == 1:
            return 0
        row = await celebrity_row(self.tables, author)
        return zlib.crc32(post.encode()) % self.parts if is_celebrity(row) else 0


async def unsalted(_author: AccountId, _post: PostId) -> int:
    """Where nobody asks for it."""
    return 0
