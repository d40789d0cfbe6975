"""Kills the processes of a site in turn, one kind after the other, and starts each again at once."""

import asyncio
import signal
from collections import Counter
from dataclasses import dataclass, field
from itertools import count

from infra.local.site import LocalSite, Member

KINDS = ("command-api", "query-api", "worker")


@dataclass
class Killer:
    """Another of its kind always serves: it is waited for before each kill."""

    site: LocalSite
    every_s: float
    over: bool = False
    kills: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(KINDS, 0)))

    @property
    def fewest(self) -> int:
        """Of the kind that was killed least, how often."""
        return min(self.kills.values())

    async def run(self, seconds: float, at_least: int) -> None:
        """Kills for so long, and each kind at least so often; returns when everybody is ready again."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        for number in count():
            if loop.time() > end and self.fewest >= at_least:
                break
            kind, copy = KINDS[number % len(KINDS)], number // len(KINDS) % self.site.copies
            others = [self.site.members[f"{kind}-{1 + other}"] for other in range(self.site.copies) if other != copy]
            for other in others:
                await other.ready()
            await self._kill(self.site.members[f"{kind}-{1 + copy}"])
            self.kills[kind] += 1
            await asyncio.sleep(self.every_s)
        for member in self.site.members.values():
            await member.ready()
        self.over = True

    async def _kill(self, member: Member) -> None:
        assert member.process is not None
        member.kill()
        code = await member.process.wait()
        assert code == -signal.SIGKILL, f"{member.name} had ended by itself, with {code}; see {member.log}"
        await member.start()
