"""What tests of rendering share: a renderer, a sound file, and one that never ends."""

import os
from pathlib import Path

from infra.vips.renderer import VipsRenderer
from tests.pictures import scene

RENDERER = VipsRenderer()
"""For whoever asks nothing of a renderer but to render: what it has loaded serves all tests of a process."""


def endless(folder: Path, name: str = "endless") -> Path:
    """A pipe that nobody writes to: whoever reads it never comes to an end."""
    os.mkfifo(folder / name)
    return folder / name


def good(folder: Path) -> Path:
    scene(400, 300).save(folder / "good.jpg")
    return folder / "good.jpg"
