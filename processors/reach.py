"""Telling Redis, or that it cannot be told: nothing durable waits for it.

Rows and positions go on when a drop or a push does not arrive. Before they do, it stands in the site's state that this
subscriber's share cannot reach Redis, and nobody goes by an older state any more; from then on readers read past Redis.
What comes back begins with a higher epoch, under which nothing that was in Redis before is believed: so it covers what
was missed, but only of rows that were acknowledged before. Nobody relies on another's return.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from projections.site import LEASE_S, Held, HeldState, NotTold, Share
from schemas.errors import Unavailable

LOOK_S = 0.25
"""Between two looks whether Redis is back."""

logger = logging.getLogger("photolog.reach")


class Reach(Protocol):
    """How what follows from rows is told to copies that readers believe."""

    async def tell(self, share: Share, work: Callable[[], Awaitable[None]]) -> None:
        """Does this work, whose rows are acknowledged, or has it that no reader believes what it would have changed.

        `work` raises NotTold where it did not reach the copies. Returns within some two seconds while Redis is away,
        and at once where that is known. Raises what else `work` raises, or Unavailable of the state's row: try again.
        """

    def owns(self, subscriber: str, shares: Iterable[Share]) -> None:
        """These shares of the subscriber, and no others, are this process's now."""


class AlwaysReached:
    """The Reach of copies that lie in the file of the rows: they change together or not at all."""

    async def tell(self, share: Share, work: Callable[[], Awaitable[None]]) -> None:
        await work()

    def owns(self, subscriber: str, shares: Iterable[Share]) -> None:
        """Nobody can be away."""


@dataclass
class SharedReach:
    """The Reach of a process over copies that may be away. `run` brings its shares back."""

    state: HeldState
    probe: Callable[[], Awaitable[dict[str, str] | None]]
    """By shard, the master that takes writes now; None where there is none."""
    clock: Callable[[], float]
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    gone: int = 0
    """How often shares of this process went away, and below how often they came back: for metrics."""
    returned: int = 0
    _owned: dict[str, frozenset[Share]] = field(default_factory=dict)
    _going: set[Share] = field(default_factory=set)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _since: tuple[int, float] = (-1, 0.0)
    """Under which epoch somebody was first seen away, and when: a lease later everybody knows. Only a raise ends it."""

    async def tell(self, share: Share, work: Callable[[], Awaitable[None]]) -> None:
        held = self.state.held
        if held is not None and share in held.state.away:
            # Read now, after the rows: should somebody bring the share back later, that covers them.
            fresh = await self.state.fresh()
            if share in fresh.state.away:
                await self._outlived(fresh)
                return
        try:
            await work()
        except NotTold as error:
            logger.warning("%s %s[%d] goes on without Redis: %s", *share, error)
            await self._go(share)

    def owns(self, subscriber: str, shares: Iterable[Share]) -> None:
        self._owned[subscriber] = frozenset(shares)

    @property
    def owned(self) -> frozenset[Share]:
        """All shares of this process."""
        return frozenset().union(*self._owned.values())

    async def run(self) -> None:
        """Brings back what is away, again and again until it is cancelled."""
        while True:
            try:
                await self.once()
            except Exception as error:  # noqa: BLE001 - whatever went wrong, the next look may not
                logger.warning("nobody is brought back: %s", type(error).__name__)
            await self.pause(LOOK_S)

    async def once(self) -> bool:
        """One look: brings back this process's shares if Redis answers. Whether Redis may be believed by now.

        A master that is not the believed one is brought in the same way: somebody goes first, so that leases run out.
        """
        own, masters = self.owned, await self.probe()
        if not own or masters is None:
            return False
        held = self.state.held or await self.state.fresh()
        if _is_believed(held, masters) and held.holds:
            return True
        held = await self.state.fresh()
        if _is_believed(held, masters):
            return True
        if not held.state.away:
            await self._go(min(own))
            held = await self.state.fresh()
        back = own & held.state.away
        if not back:
            return False  # others are away, and come back by themselves
        await self._outlived(held)
        masters = await self.probe()
        if masters is None:
            return False
        after = await self.state.change(lambda state: state.returned(back & state.away, masters))
        self.returned += 1
        logger.info("Redis is told again, under epoch %d", after.state.epoch)
        return not after.state.away

    async def _go(self, share: Share) -> None:
        """Has it stand that this share cannot reach Redis, and waits for those who do not know it yet.

        All shares of the process go with it: they have one connection, and one wait is enough.
        """
        self._going |= {share, *self.owned}
        async with self._turn:  # one write for all who wait
            going, self._going = self._going, set()
            if going:
                try:
                    stands = await self.state.change(lambda state: state.gone(going))
                except Unavailable:
                    self._going |= going
                    raise
                self.gone += len(going)
            else:
                stands = await self.state.fresh()
        await self._outlived(stands)

    async def _outlived(self, held: Held) -> None:
        """Returns once every lease is over in which nobody was away under this epoch."""
        if not held.state.away:  # they came back meanwhile, which covers them
            return
        epoch, since = self._since
        if epoch != held.state.epoch:
            since = self.clock()
            self._since = (held.state.epoch, since)
        while (left := since + LEASE_S - self.clock()) > 0:
            await self.pause(left)


def _is_believed(held: Held, masters: Mapping[str, str]) -> bool:
    return not held.state.away and held.state.believed == masters
