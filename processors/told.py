"""Whether something is still to be told to somebody, as the ledger has it now. Asked by pushes, which cannot be taken
back; the list of notifications asks the read models the same (query_api/notifications.py)."""

from asyncio import gather
from dataclasses import dataclass

from commands.blocks import is_hidden, seen_of
from commands.comments import comment_stream
from commands.follows import follow_stream
from commands.ports import Vault
from commands.post_commands import post_stream
from commands.states import States
from events.personal import readable
from projections.bells import POST
from projections.notifications import FOLLOW, VERDICTS
from schemas.ids import AccountId, CommentId, PostId
from schemas.tables import Row


@dataclass(frozen=True)
class Told:
    """Looks at streams. A like that was taken back is told: it has no stream, and who likes may do so again."""

    states: States
    vault: Vault

    async def by(self, row: Row) -> str | None:
        """The username of whom a row of notifications comes from, empty for a moderator; None: it is not to be told,
        because somebody in it is blocked, suspended or erased, or what it tells of is gone."""
        recipient = AccountId(row["recipient_id"])
        others = [AccountId(one) for one in dict.fromkeys((row["actor_id"], row["author_id"])) if one]
        # States are remembered for a while, also those of whom nothing is known any more.
        if None in (await self.vault.keys([recipient, *others])).values():
            return None
        if row["kind"] in VERDICTS.values():
            return ""
        names = await gather(*(self._seen(recipient, one) for one in others if one != recipient))
        return names[0] if None not in names and await self._stands(row) else None

    async def _seen(self, recipient: AccountId, other: AccountId) -> str | None:
        account, *blocks = await gather(*map(self.states.look, seen_of(recipient, other)))
        return None if account is None or is_hidden(account, blocks) else readable(account.username)

    async def _stands(self, row: Row) -> bool:
        if row["kind"] == FOLLOW:
            follow = await self.states.look(follow_stream(row["actor_id"], row["recipient_id"]))
            return follow is not None and follow.following
        if row["kind"] == POST and not await self._has_bell(row):
            return False
        post = await self.states.look(post_stream(PostId(row["post_id"])))
        if post is None or post.status != "published":
            return False
        if not row["comment_id"]:
            return True
        comment = await self.states.look(comment_stream(CommentId(row["comment_id"])))
        return comment is not None and not comment.deleted and not comment.removed

    async def _has_bell(self, row: Row) -> bool:
        follow = await self.states.look(follow_stream(row["recipient_id"], row["actor_id"]))
        return follow is not None and follow.bell
