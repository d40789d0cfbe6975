"""Files made to break a decoder: refused with the right reason, cheaply, and the renderer lives on."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from events.posts import RejectionReason
from infra.vips.limits import Limits
from infra.vips.renderer import CHILD_ENVIRONMENT, VipsRenderer, child_command
from processors.ports import Refused, Rendered
from tests.pictures import scene
from tests.shared_data import shared

HOSTILE: list[tuple[str, str, RejectionReason]] = [
    ("bomb-16384x16384.png", "image/png", "too_many_pixels"),
    ("truncated.jpg", "image/jpeg", "corrupt"),
    ("corrupted.jpg", "image/jpeg", "corrupt"),
    ("illegal-argument.heif", "image/heif", "corrupt"),
    ("negative-size.heif", "image/heif", "corrupt"),
]
SAMPLES = ["photos/gps-1.jpg", "photos/photo.webp", "photos/photo.avif", "photos/iphone-b.heic"]

_MEASURED = """
import json, os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, env=dict(os.environ))
_, status, usage = os.wait4(child.pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_maxrss]))
"""


def peak_megabytes(source: Path, declared_type: str) -> float:
    """Of one child. Measured by a small process: what a process forks starts at its own size."""
    command = [sys.executable, "-c", _MEASURED, *child_command(source, declared_type, Limits())]
    said = subprocess.run(command, env=CHILD_ENVIRONMENT, stdout=subprocess.PIPE, check=True, timeout=60).stdout
    exit_code, peak = json.loads(said)
    assert exit_code == 0
    return float(peak / (1024 * 1024 if sys.platform == "darwin" else 1024))


@pytest.mark.parametrize(("name", "declared_type", "reason"), HOSTILE)
async def test_a_hostile_file_is_refused_and_the_renderer_lives_on(
    tmp_path: Path, name: str, declared_type: str, reason: RejectionReason
) -> None:
    renderer = VipsRenderer(at_once=1)
    start = time.monotonic()
    assert await renderer.render(shared(f"hostile/{name}"), declared_type) == Refused(reason)
    assert time.monotonic() - start < 5
    scene(400, 300).save(tmp_path / "good.jpg")
    assert isinstance(await renderer.render(tmp_path / "good.jpg", "image/jpeg"), Rendered)


@pytest.mark.parametrize(("name", "declared_type"), [(name, declared_type) for name, declared_type, _ in HOSTILE])
def test_a_hostile_file_costs_no_more_memory_than_a_small_photo(name: str, declared_type: str) -> None:
    assert peak_megabytes(shared(f"hostile/{name}"), declared_type) < 150


def test_a_large_photo_is_never_whole_in_memory() -> None:
    assert peak_megabytes(shared("photos/kodak-s1.jpg"), "image/jpeg") < 150


async def test_a_sound_photo_with_invalid_exif_is_not_refused() -> None:
    outcome = await VipsRenderer().render(shared("hostile/invalid-exif.jpg"), "image/jpeg")
    assert isinstance(outcome, Rendered)
    assert (outcome.width, outcome.height) == (636, 227)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("part", [0.02, 0.5, 0.9])
async def test_a_photo_that_ends_early_is_corrupt(tmp_path: Path, name: str, part: float) -> None:
    whole = shared(name).read_bytes()
    (tmp_path / "half").write_bytes(whole[: int(len(whole) * part)])
    declared_type = f"image/{name.rpartition('.')[2].replace('jpg', 'jpeg')}"
    assert await VipsRenderer().render(tmp_path / "half", declared_type) == Refused("corrupt")


async def test_a_png_that_ends_early_is_corrupt(tmp_path: Path) -> None:
    scene(500, 400).save(tmp_path / "whole.png")
    whole = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    assert await VipsRenderer().render(tmp_path / "half.png", "image/png") == Refused("corrupt")
