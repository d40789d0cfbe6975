"""A client in a process of its own, which uploads photos one after the other and can be killed: started again, it goes
on. It is the demo's; what it does it says, a line a step."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from infra.local.demo import uploads
from infra.local.demo.client import Client, stable_key

Said = tuple[str, ...]
"""`sends` or `sent`, a photo's name, and the number of a part; or `completed`, its name and its post."""


@dataclass(frozen=True)
class Phone:
    """Whose photos, and by which line."""

    url: str
    username: str
    password: str
    pause_s: float
    """Before a line that broke is tried again."""
    photos: Sequence[Path]

    async def run(self, dies: Callable[[Sequence[Said]], float | None]) -> "Run":
        """Runs until it is done, or so many seconds after `dies`, which is told all that was said, has a number."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", __name__, self.url, self.username, self.password, str(self.pause_s),
            *map(str, self.photos), stdout=asyncio.subprocess.PIPE, env=os.environ,
        )  # fmt: skip
        assert process.stdout is not None
        run = Run()
        async for line in process.stdout:
            run.said.append(tuple(line.decode().split()))
            after_s = None if run.dying else dies(run.said)
            if after_s is not None:
                run.dying = True
                asyncio.get_running_loop().call_later(after_s, process.send_signal, signal.SIGKILL)
        run.code = await process.wait()
        return run


@dataclass
class Run:
    """One life of it."""

    said: list[Said] = field(default_factory=list)
    dying: bool = False
    code: int = 0

    @property
    def was_killed(self) -> bool:
        return self.code == -signal.SIGKILL

    def parts(self) -> list[tuple[str, tuple[str, int]]]:
        """What it said of parts, in order."""
        return [(line[0], (line[1], int(line[2]))) for line in self.said if line[0] != "completed"]

    def posts(self) -> dict[str, str]:
        """The post of each photo that it completed."""
        return {line[1]: line[2] for line in self.said if line[0] == "completed"}


async def main(url: str, username: str, password: str, pause: str, *photos: str) -> None:
    """All photos."""
    async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as http:
        account = Client(http, stable_key)
        while not account.account_id:
            try:
                await account.log_in(username, password)
            except httpx.TransportError:
                await asyncio.sleep(float(pause))
        for photo in map(Path, photos):
            done = await uploads.upload(account, photo, _telling(photo), float(pause))
            print("completed", photo.name, done.post_id, flush=True)


def _telling(photo: Path) -> uploads.Told:
    return lambda what, part: print(what, photo.name, part, flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
