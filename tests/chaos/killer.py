"""Kills the processes of a site in turn, one kind after the other, and starts each again at once."""

import asyncio
import signal
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

from infra.local_site import LocalSite, Member

KINDS = ("command-api", "query-api", "worker")


@dataclass
class Killer:
    """Another of its kind always serves: it is waited for before each kill."""

    site: LocalSite
    every_s: float
    kills: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(KINDS, 0)))

    @property
    def fewest(self) -> int:
        """Of the kind that was killed least, how often."""
        return min(self.kills.values())

    async def run(self, until: asyncio.Event) -> None:
        """Kills until it is told to stop; then everybody is ready again."""
        for number in count():
            kind, copy = KINDS[number % len(KINDS)], number // len(KINDS) % self.site.copies
            others = [self.site.members[f"{kind}-{1 + other}"] for other in range(self.site.copies) if other != copy]
            for other in others:
                await other.ready()
            await self._kill(self.site.members[f"{kind}-{1 + copy}"])
            self.kills[kind] += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(until.wait(), self.every_s)
            if until.is_set():
                break
        for member in self.site.members.values():
            await member.ready()

    async def _kill(self, member: Member) -> None:
        assert member.process is not None
        member.kill()
        code = await member.process.wait()
        assert code == -signal.SIGKILL, f"{member.name} had ended by itself, with {code}; see {member.log}"
        await member.start()
