"""Processes of the local stack: told apart from strangers, ended, found again, and recorded."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from infra.local.stack.processes import Process, launch, living_in_group, marked
from infra.local.stack.state import Record, StateFile

LIVES_ON = [sys.executable, "-c", "import signal; signal.pause()"]
IGNORES_SIGTERM = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()",
]


@pytest.fixture
def mark() -> str:
    return f"/no/stack/{uuid4()}"


@pytest.fixture
def process(tmp_path: Path, mark: str) -> Iterator[Process]:
    started = launch(LIVES_ON, {}, tmp_path / "log", mark)
    yield started
    started.kill()


def test_a_process_number_that_was_given_again_is_not_the_process(process: Process) -> None:
    assert process.alive
    assert not replace(process, started="another boot/1").alive


def test_a_stranger_with_a_recorded_number_is_never_signalled(process: Process) -> None:
    replace(process, started="another boot/1").kill()
    assert process.alive


def test_a_killed_process_is_dead_even_while_nobody_has_buried_it(process: Process) -> None:
    os.kill(process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not process.alive
    assert process.stop(within=1)


def test_a_process_that_is_deaf_to_sigterm_is_killed(tmp_path: Path, mark: str) -> None:
    log = tmp_path / "log"
    process = launch(IGNORES_SIGTERM, {}, log, mark)
    while not log.read_text():
        assert process.alive
    assert not process.stop(within=0.2)
    assert not process.alive


def test_a_server_that_was_never_written_down_is_found_by_its_mark(process: Process, mark: str) -> None:
    assert marked(mark) == process
    assert marked(f"{mark}/other") is None


def test_a_server_can_be_found_from_the_moment_that_it_is_launched(tmp_path: Path, mark: str) -> None:
    for number in range(30):
        process = launch(LIVES_ON, {}, tmp_path / "log", f"{mark}/{number}")
        found = marked(f"{mark}/{number}")
        process.kill()
        assert found == process


def test_what_a_server_starts_is_not_taken_for_the_server(tmp_path: Path, mark: str) -> None:
    forks = "import os, signal; os.fork(); print('forked', flush=True); signal.pause()"
    process = launch([sys.executable, "-c", forks], {}, log := tmp_path / "log", mark)
    try:
        while log.read_text().count("forked") < 2:
            assert process.alive
        assert marked(mark) == process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.kill()


def test_a_group_lives_until_its_last_process_ends(process: Process) -> None:
    assert living_in_group(process.pid)
    process.kill()
    assert not living_in_group(process.pid)


def test_a_server_gets_none_of_our_secrets(tmp_path: Path, mark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTOLOG_SECRET", "not for servers")
    process = launch(LIVES_ON, {"ITS": "own"}, tmp_path / "log", mark)
    try:
        environment = Path(f"/proc/{process.pid}/environ").read_bytes()
        assert b"ITS=own" in environment
        assert b"not for servers" not in environment
    finally:
        process.kill()


def test_a_server_outlives_the_process_that_started_it(tmp_path: Path, mark: str) -> None:
    starts = (
        "import sys; from pathlib import Path; from infra.local.stack.processes import launch;"
        f"launch({LIVES_ON!r}, {{}}, Path({str(tmp_path / 'log')!r}), {mark!r})"
    )
    subprocess.run([sys.executable, "-c", starts], check=True)
    process = marked(mark)
    assert process is not None
    process.kill()


def test_records_survive_in_the_state_file_and_go_when_they_are_removed(tmp_path: Path) -> None:
    path = tmp_path / "stack.json"
    record = Record(Process(1, "boot/2"), (3, 4), "log", ["command"])
    state = StateFile(path, {"secret": "/its/file"})
    assert state.base_port() is None
    state.write(21000, {"redis": record, "minio": record})
    state.write(21000, {"minio": None})
    again = StateFile(path, {})
    assert again.records() == {"redis": record}
    assert again.base_port() == 21000
