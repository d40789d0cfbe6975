"""Files for tests of rendering: a sound one, and one that never ends."""

import os
from pathlib import Path

from tests.pictures import scene


def endless(folder: Path, name: str = "endless") -> Path:
    """A pipe that nobody writes to: whoever reads it never comes to an end."""
    os.mkfifo(folder / name)
    return folder / name


def good(folder: Path) -> Path:
    scene(400, 300).save(folder / "good.jpg")
    return folder / "good.jpg"
