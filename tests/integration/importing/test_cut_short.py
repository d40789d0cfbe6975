"""`photolog import` killed or stopped in the middle: the same command goes on, and the log has every event once."""

import asyncio
import signal
from pathlib import Path

import pytest

from infra.local.site import PHOTOLOG
from tests.forms import LONG
from tests.integration.importing.running import accounts, events, follows, photolog_import, written
from tests.photolog_here import alone
from tests.processes import send

PEOPLE, EACH, KILLS = (700, 2, 3) if LONG else (400, 2, 1)
"""Some batches of 500 rows."""
ALL = {"username.claimed.v1": PEOPLE, "account.opened.v1": PEOPLE, "follow.started.v1": PEOPLE * EACH}
SIGNALS = [(signal.SIGKILL, -9), (signal.SIGTERM, 130)]


@pytest.mark.chaos
@pytest.mark.parametrize(("number", "code"), [*SIGNALS, (signal.SIGINT, 130)] if LONG else SIGNALS)
async def test_what_was_cut_short_goes_on_and_adds_nothing_twice(tmp_path: Path, number: int, code: int) -> None:
    site = tmp_path / "site"
    file = written(tmp_path / "all.jsonl", [*accounts(PEOPLE), *follows(PEOPLE, EACH)])
    assert photolog_import(site, written(tmp_path / "first.jsonl", accounts(1))).returncode == 0
    for _ in range(KILLS):
        importing = await asyncio.create_subprocess_exec(
            PHOTOLOG, "import", file, env=alone(site), stderr=asyncio.subprocess.PIPE
        )
        assert importing.stderr is not None
        await importing.stderr.readline()  # its first line of progress: a batch is durable, and another under way
        send(importing, number)
        said = (await importing.stderr.read()).decode()
        if await importing.wait() == 0:
            break  # there was too little left
        assert importing.returncode == code
        assert ("goes on from here" in said) == (code == 130)
        assert sum(events(site).values()) > 1
        if events(site) == ALL:
            break  # it had but to say so
    assert photolog_import(site, file).returncode == 0
    assert events(site) == ALL
