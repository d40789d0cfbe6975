"""Rows of follows: most are first versions of streams that nobody has written, and go to ledger and log together.

The read models may have seen nothing of this run, or of one before it: how many follow whom is counted here besides.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from commands.bulk import Bulk
from commands.follows import FollowAccount
from commands.foreign_ids import ForeignIds
from commands.handling import Cause, Handler
from commands.ports import Followees
from schemas.ids import AccountId
from schemas.importing import FollowRow


@dataclass
class Followings:
    """Of one follower: the edges that there were, and those that this run found and added."""

    there: int
    found: int = 0
    added: int = 0

    @property
    def now(self) -> int:
        """How many there are by what is known."""
        return max(self.there, self.found) + self.added


@dataclass(frozen=True)
class ImportingFollows:
    """Takes rows of follows. Each is safe to repeat."""

    handler: Handler
    ids: ForeignIds
    followees: Followees
    most_followees: int
    counted: dict[AccountId, Followings] = field(default_factory=dict)

    async def take(self, row: FollowRow, place: str) -> int:
        """How many events it added; 0 if it was taken before. Raises the refusal of a row that cannot be."""
        command, cause = await self._said(row, place)
        decided = await self.handler.handle(command, cause)
        added = sum(one.correlation == place for one in decided.events)
        counted = self.counted[command.actor]
        counted.added += bool(added)
        counted.found += not added
        return added

    async def take_first(self, rows: Sequence[tuple[FollowRow, str]]) -> list[int]:
        """How many events each added: 0 of those that are to be taken by themselves, which may be refused."""
        together: dict[int, tuple[FollowAccount, Cause]] = {}
        streams: set[str] = set()
        followers: Counter[AccountId] = Counter()
        for number, (row, place) in enumerate(rows):
            command, cause = await self._said(row, place)
            room = command.most - command.followees - followers[command.actor]
            if room > 0 and command.stream not in streams:
                together[number] = command, cause
                streams.add(command.stream)
                followers[command.actor] += 1
        outcomes = dict(zip(together, await Bulk(self.handler).written(list(together.values())), strict=True))
        for number, (command, _) in together.items():
            self.counted[command.actor].added += bool(outcomes[number])
        return [outcomes.get(number, 0) for number in range(len(rows))]

    async def _said(self, row: FollowRow, place: str) -> tuple[FollowAccount, Cause]:
        follower, followee = self.ids.account(row.follower), self.ids.account(row.followee)
        if (counted := self.counted.get(follower)) is None:
            counted = self.counted[follower] = Followings(await self.followees.count(follower))
        command = FollowAccount(follower, followee, counted.now, self.most_followees)
        return command, self.ids.cause(f"follow/{follower}/{followee}", place)
