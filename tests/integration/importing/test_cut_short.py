"""`photolog import` killed or stopped in the middle: the same command goes on, and the log has every event once."""

import asyncio
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.local.site import PHOTOLOG
from tests.forms import LONG
from tests.integration.importing.running import accounts, events, follows, photolog_import, written
from tests.pace import until
from tests.photolog_here import alone
from tests.processes import send

PEOPLE, EACH, KILLS = (700, 15, 3) if LONG else (400, 15, 1)
"""Many batches of 500 rows."""
ALL = {"username.claimed.v1": PEOPLE, "account.opened.v1": PEOPLE, "follow.started.v1": PEOPLE * EACH}
ATTEMPTS = 5
"""Where the machine is busy, the signal may come when all is done."""
SIGNALS = [(signal.SIGKILL, -9), (signal.SIGTERM, 130)]


@pytest.mark.chaos
@pytest.mark.parametrize(("number", "code"), [*SIGNALS, (signal.SIGINT, 130)] if LONG else SIGNALS)
async def test_what_was_cut_short_goes_on_and_adds_nothing_twice(tmp_path: Path, number: int, code: int) -> None:
    first = written(tmp_path / "first.jsonl", accounts(1))
    file = written(tmp_path / "all.jsonl", [*accounts(PEOPLE), *follows(PEOPLE, EACH)])
    for attempt in range(ATTEMPTS):
        site = tmp_path / f"site{attempt}"
        assert photolog_import(site, first).returncode == 0
        if any([await cut_short(site, file, number, code) for _ in range(KILLS)]):
            break
    else:
        pytest.fail("no import was cut short in the middle")
    assert photolog_import(site, file).returncode == 0
    assert events(site) == ALL


async def cut_short(site: Path, file: Path, number: int, code: int) -> bool:
    """Sends this signal to an import of the file once a batch is durable; whether it left something to do."""
    before = of_all(events(site))
    importing = await asyncio.create_subprocess_exec(
        PHOTOLOG, "import", file, env=alone(site), stderr=asyncio.subprocess.PIPE
    )
    await until(lambda: of_all(events(site)) > before or importing.returncode is not None)
    send(importing, number)
    _, said = await importing.communicate()
    if importing.returncode == 0:
        return False
    assert importing.returncode == code
    assert (b"goes on from here" in said) == (code == 130)
    added = of_all(events(site))
    assert before < added <= of_all(ALL)
    return added < of_all(ALL)


def of_all(types: Mapping[str, int]) -> int:
    """Events of all types."""
    return sum(types.values())
