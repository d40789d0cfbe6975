"""A site with a long log that is projected whole, on either backend: where it is reached, and how an operator's
commands reach it."""

import os
import random
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.local.stack.stack import Stack
from infra.process.environment import load_settings
from infra.secrets.site import site_secrets
from infra.wiring import assembly
from infra.wiring.cluster import connected
from schemas.ids import AccountId
from tests.bench.embedded_reads import DAY_S, PEOPLE, appended, filled, projected, served
from tests.callers import callers
from tests.chaos.projecting.people import settled_by, tokens_of
from tests.chaos.projecting.progress import drained
from tests.processes import running_server
from tests.sites import running_site

LONG_LIVED = {"PHOTOLOG_ACCESS_TOKEN_S": str(DAY_S)}


@dataclass(frozen=True)
class Ground:
    """What is rebuilt here, while who has these tokens reads on."""

    url: str
    environment: Mapping[str, str]
    """Of an operator's commands."""
    tokens: Mapping[AccountId, str]
    projected_s: float
    """Until every read model had got to the log's end."""


@asynccontextmanager
async def embedded(folder: Path, events: int, seed: int) -> AsyncIterator[Ground]:
    """One server on one folder."""
    data = folder / "data"
    data.mkdir()
    tokens = await filled(data, events, seed, served)
    async with running_server(data, LONG_LIVED) as server, callers(server.url) as http:
        began = time.monotonic()
        await projected(http)
        yield Ground(server.url, server.environment, tokens, time.monotonic() - began)


@asynccontextmanager
async def cluster(
    stack: Stack, folder: Path, events: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Ground]:
    """An API of each side and a worker, behind their gateway."""
    named = {**stack.environment, **LONG_LIVED, "PHOTOLOG_SITE": f"r{seed:x}"}
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    async with running_site(named, folder / "site") as site, connected(settings) as opened:
        write = opened.write
        mixed = await settled_by(assembly.handler(write), PEOPLE, random.Random(seed))
        began = time.monotonic()
        await appended(write.log, mixed.settled() + mixed.more(events))
        await drained(opened)
        tokens = tokens_of(mixed.opened, settings, site_secrets(settings))
        yield Ground(site.url, dict(os.environ), tokens, time.monotonic() - began)
