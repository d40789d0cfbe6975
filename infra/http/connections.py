"""Who is connected to a server: room is made for newcomers, and whoever keeps the server waiting is cut off."""

import resource
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from infra.process.settings import Settings

LOOK_EVERY_S = 1.0
AT_ONCE = 32
"""A full server lets this part of its connections go at once: so a storm of newcomers costs a look each few of them."""
MOST_FILES, FILES_BESIDE = 65_536, 256
"""Files that a process asks to be allowed; what stores, logs and photos take of them besides connections."""
FILES_PER_CONNECTION = 2
"""A connection, and the object that it sends or receives."""


@dataclass(frozen=True)
class HttpLimits:
    """What a server takes of its peers; see the settings of the same names."""

    connections: int
    head_s: float
    head_bytes: int
    url_bytes: int
    slowest: int
    pace_s: float
    drain_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> "HttpLimits":
        """As configured; no more connections than the system has files for."""
        return cls(
            connections=min(settings.http_connections, _affordable()),
            head_s=settings.http_head_s,
            head_bytes=settings.http_head_bytes,
            url_bytes=settings.http_url_bytes,
            slowest=settings.http_slowest,
            pace_s=settings.http_pace_s,
            drain_bytes=settings.http_drain_bytes,
        )


class Owes(IntEnum):
    """What a server waits for from a peer. In a full server those with the lowest go first."""

    HEAD = 0
    REST = 1
    """The rest of what nobody reads any more, after the answer."""
    BODY = 2
    NOTHING_YET = 3
    """The next request, on a connection that has had one."""
    NOTHING = 4
    """A request is being answered."""


class Peer(Protocol):
    """A connection, as far as the others are concerned."""

    address: str
    owes: Owes
    since: float
    """Since when it owes that."""

    def look(self, now: float) -> None:
        """Cuts the peer off if it is late."""

    def leave(self) -> None:
        """Makes room, now."""


class Connections:
    """The connections of one server. Call from its event loop."""

    def __init__(self, limits: HttpLimits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self._clock = clock
        self._looked = clock()
        self._stood_still = 0.0
        self._peers: set[Peer] = set()

    def time(self) -> float:
        """Seconds, without those in which this process stood still: no peer is to blame for them."""
        return self._clock() - self._stood_still

    def join(self, peer: Peer) -> bool:
        """Takes a newcomer in. In a full server others leave first; False if all of them are being answered."""
        if len(self._peers) >= self.limits.connections:
            self._make_room()
        if len(self._peers) >= self.limits.connections:
            return False
        self._peers.add(peer)
        return True

    def left(self, peer: Peer) -> None:
        """Forgets a peer; safe to repeat."""
        self._peers.discard(peer)

    def look(self) -> None:
        """Cuts off who is late. To be called every LOOK_EVERY_S seconds."""
        since, self._looked = self._looked, self._clock()
        if self._looked - since > 2 * LOOK_EVERY_S:
            self._stood_still += self._looked - since - LOOK_EVERY_S
        now = self.time()
        for peer in list(self._peers):
            peer.look(now)

    def _make_room(self) -> None:
        """Those leave that keep the server waiting: of the address that has most of them, what is worth least, longest.

        So an address that opens many connections competes with itself, and a gateway's are let go last of all: it has
        whole requests.
        """
        waiting = [peer for peer in self._peers if peer.owes is not Owes.NOTHING]
        held = Counter(peer.address for peer in waiting)
        waiting.sort(key=lambda peer: (-held[peer.address], peer.owes, peer.since))
        for peer in waiting[: max(1, self.limits.connections // AT_ONCE)]:
            self.left(peer)
            peer.leave()


def _affordable() -> int:
    """Connections that the files this process may have suffice for, once it has asked for as many as it can get."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(1, (max(soft, wanted) - FILES_BESIDE) // FILES_PER_CONNECTION)
