"""Varnish as a child of `photolog edge`: found, run until told to end, and asked what it counts."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from infra.local.stack.artefacts import DebianPackage
from infra.process.metrics import Sample, Source
from infra.process.settings import SettingsInvalid
from schemas.errors import Unavailable

VARNISH = DebianPackage("varnish-modules", "varnishd")
"""Its modules bring Varnish along."""
PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/bin")
COUNTERS = ("MAIN.cache_hit", "MAIN.cache_miss")
ENDS_WITHIN_S = 10.0
PARAMETERS = ("http_gzip_support=off", "vsl_space=16m", "thread_pool_min=50")
"""Pictures are compressed already; nobody reads the log that is kept in memory."""


@dataclass(frozen=True)
class Varnish:
    """One on this machine. Its folder holds its configuration, which only its owner may read, and what it counts."""

    folder: Path
    listen: str
    memory_mb: int

    @asynccontextmanager
    async def running(self, configuration: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """Runs it during the block. Raises SettingsInvalid where there is none."""
        command = self._command(configuration)
        process = await asyncio.create_subprocess_exec(*command)
        try:
            yield process
        finally:
            await ended(process)

    async def lookups(self) -> tuple[int, int]:
        """What it had, and what it had to fetch, since it began. Raises Unavailable."""
        asked = [part for name in COUNTERS for part in ("-f", name)]
        process = await asyncio.create_subprocess_exec(
            found("varnishstat"), "-1", "-j", "-n", str(self.work), *asked,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        said, _ = await process.communicate()
        try:
            counted = json.loads(said)["counters"]
            hits, misses = (int(counted[name]["value"]) for name in COUNTERS)
        except (ValueError, KeyError) as error:
            raise Unavailable("Varnish does not say what it counts") from error
        return hits, misses

    @property
    def work(self) -> Path:
        """Where its other programs find it."""
        return self.folder / "work"

    def _command(self, configuration: str) -> list[str]:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "edge.vcl"
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(configuration)
        parameters = [part for one in PARAMETERS for part in ("-p", one)]
        places = ["-n", str(self.work), "-a", self.listen, "-T", "none"]
        store = ["-s", f"malloc,{self.memory_mb}m"]
        return [*dies_with_us(), found("varnishd"), "-F", "-j", "none", *places, *store, *parameters, "-f", str(path)]


def counting(varnish: Varnish) -> tuple[str, Source]:
    """What it has in its memory, of what is asked for."""

    async def measure() -> Iterable[Sample]:
        hits, misses = await varnish.lookups()
        return [
            Sample("photolog_edge_lookups", hits, ("hit",)),
            Sample("photolog_edge_lookups", misses, ("miss",)),
            Sample("photolog_edge_hit_rate", hits / max(1, hits + misses)),
        ]

    return "edge", measure


async def ended(process: asyncio.subprocess.Process) -> None:
    """Ends it, gently first."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), ENDS_WITHIN_S)
    except TimeoutError:
        process.kill()
        await process.wait()


def found(program: str) -> str:
    """The path of one of Varnish's programs. Raises SettingsInvalid."""
    path = shutil.which(program) or shutil.which(program, path=os.pathsep.join(PLACES))
    if path is None:
        raise SettingsInvalid(f"{program} is missing; on Debian: apt-get install {VARNISH.package}")
    return path


def dies_with_us() -> list[str]:
    """What a command begins with that must not outlive this process: a port must not stay taken when it is killed."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []
