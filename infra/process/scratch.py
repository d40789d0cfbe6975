"""Scratch: where a process keeps the files that it works on for a moment, and who clears up after one that was killed.

Originals of photos are among these files, with all that a camera wrote into them, and what an analyst's query spilled.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.process.settings import SettingsInvalid

LOCK = ".lock"
"""Held by the process whose folder it lies in; in the folder of all, by who begins."""
ONLY_US = 0o700


@contextmanager
def scratch() -> Iterator[Path | None]:
    """During the block temporary files of this process lie in a folder of its own, which is gone at its end. Folders
    of processes that came to no end are removed before. None where none can be made, as on a disk that is only read:
    most processes keep nothing, and who does will say so. Raises SettingsInvalid for a folder that is open to others.
    """
    try:
        own, held = _own(_of_all(Path(tempfile.gettempdir())))
    except OSError:
        yield None
        return
    before, process = tempfile.tempdir, os.getpid()
    tempfile.tempdir = str(own)
    try:
        yield own
    finally:
        if os.getpid() == process:  # and no child that was forked meanwhile
            tempfile.tempdir = before
            shutil.rmtree(own, ignore_errors=True)
            os.close(held)


def _own(of_all: Path) -> tuple[Path, int]:
    """A new folder, and its lock."""
    with _locked(of_all):
        for left in of_all.iterdir():
            if left.is_dir():
                _remove_unless_held(left)
        own = Path(tempfile.mkdtemp(dir=of_all))
        return own, _lock(own, fcntl.LOCK_EX)


def _of_all(temporary: Path) -> Path:
    """This user's, and nobody else's: its name can be foreseen."""
    folder = temporary / f"photolog-{os.getuid()}"
    folder.mkdir(mode=ONLY_US, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or folder.is_symlink() or found.st_mode & ~ONLY_US & 0o777:
        raise SettingsInvalid(f"{folder} is open to others: remove it, or set TMPDIR to another folder")
    return folder


def _remove_unless_held(folder: Path) -> None:
    try:
        free = _lock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, FileNotFoundError):  # its process lives, or has just ended, and removed it itself
        return
    shutil.rmtree(folder, ignore_errors=True)
    os.close(free)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    held = _lock(folder, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(held)


def _lock(folder: Path, how: int) -> int:
    """Ends when it is closed: with the process at the latest, and those that it forked. Raises BlockingIOError."""
    opened = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(opened, how)
    except BlockingIOError:
        os.close(opened)
        raise
    return opened
