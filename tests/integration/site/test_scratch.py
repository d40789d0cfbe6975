"""What a process keeps for a moment is gone with it, or, where it was killed, with the next that begins."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from infra.process.scratch import scratch
from infra.process.settings import SettingsInvalid

KEEPS = """
import sys, tempfile
from infra.process.scratch import scratch

with scratch():
    folder = tempfile.mkdtemp()
    open(folder + "/original", "w").close()
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this process and those that it starts have their temporary files."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def keeping() -> tuple[subprocess.Popen[str], Path]:
    """A process that keeps an original until its standard input ends, and where that is."""
    process = subprocess.Popen([sys.executable, "-c", KEEPS], stdin=-1, stdout=-1, text=True)
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    assert (folder / "original").exists()
    return process, folder


def test_files_are_gone_with_the_process_that_kept_them(temporary: Path) -> None:
    process, folder = keeping()
    process.communicate()
    assert process.returncode == 0
    assert not folder.parent.exists()
    assert folder.is_relative_to(temporary)


def test_what_a_killed_process_left_is_gone_once_the_next_begins() -> None:
    (killed, left), (living, kept) = keeping(), keeping()
    killed.kill()
    killed.communicate()
    assert (left / "original").exists()
    with scratch() as own:
        assert own is not None
        assert not left.parent.exists()
        assert (kept / "original").exists()
        assert Path(tempfile.mkdtemp()).parent == own
    assert not own.exists()
    living.communicate()
    assert living.returncode == 0
    assert not kept.parent.exists()


def test_a_folder_that_others_may_write_to_is_not_used() -> None:
    with scratch() as own:
        assert own is not None
    own.parent.chmod(0o777)
    with pytest.raises(SettingsInvalid, match="open to others"), scratch():
        pass


def test_where_no_folder_can_be_made_a_process_goes_on_without(temporary: Path) -> None:
    (temporary / f"photolog-{os.getuid()}").touch()
    with scratch() as own:
        assert own is None
        assert tempfile.gettempdir() == str(temporary)
