"""Files made to break a decoder: refused with the right reason, cheaply, and the renderer lives on."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.vips.forked import CHILD_ENVIRONMENT
from infra.vips.limits import Limits
from infra.vips.renderer import VipsRenderer
from processors.ports import Refused, Rendered
from tests.hostile import HOSTILE, invalid_exif, write_hostile
from tests.integration.rendering.files import RENDERER
from tests.pace import children_s
from tests.pictures import scene
from tests.sample_data import media_type, sample

SAMPLES = ["iphone6.jpg", "photo.webp", "photo.avif", "iphone-b.heic"]

_MEASURED = """
import json, os, sys
from infra.vips import child
if not (pid := os.fork()):
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    child.main(*sys.argv[1:])
    os._exit(0)
_, status, usage = os.wait4(pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_maxrss]))
"""


def peak_megabytes(source: Path, declared_type: str) -> float:
    """Of one child, forked as a forker does. Measured by a small process: it starts at its parent's size."""
    command = [sys.executable, "-P", "-c", _MEASURED, str(source), declared_type, "photo", *Limits().arguments()]
    said = subprocess.run(command, env=CHILD_ENVIRONMENT, stdout=subprocess.PIPE, check=True, timeout=60).stdout
    exit_code, peak = json.loads(said)
    assert exit_code == 0
    return float(peak / (1024 * 1024 if sys.platform == "darwin" else 1024))


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_file_is_refused_and_the_renderer_lives_on(tmp_path: Path, name: str) -> None:
    renderer, (_, declared_type, reason) = VipsRenderer(at_once=1), HOSTILE[name]
    before = children_s()
    assert await renderer.render(write_hostile(tmp_path, name), declared_type) == Refused(reason)
    scene(400, 300).save(tmp_path / "good.jpg")
    assert isinstance(await renderer.render(tmp_path / "good.jpg", "image/jpeg"), Rendered)
    renderer.close()
    assert 0 < children_s() - before < 5


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_no_more_memory_than_a_small_photo(tmp_path: Path, name: str) -> None:
    assert peak_megabytes(write_hostile(tmp_path, name), HOSTILE[name][1]) < 150


def test_a_large_photo_is_never_whole_in_memory(tmp_path: Path) -> None:
    scene(4640, 3480).save(tmp_path / "large.jpg", quality=95)
    assert peak_megabytes(tmp_path / "large.jpg", "image/jpeg") < 150


async def test_a_sound_photo_with_invalid_exif_is_not_refused(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(invalid_exif())
    outcome = await RENDERER.render(tmp_path / "photo.jpg", "image/jpeg")
    assert isinstance(outcome, Rendered)
    assert (outcome.width, outcome.height) == (636, 227)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("part", [0.02, 0.5, 0.9])
async def test_a_photo_that_ends_early_is_corrupt(tmp_path: Path, name: str, part: float) -> None:
    whole = sample(name).read_bytes()
    (tmp_path / "half").write_bytes(whole[: int(len(whole) * part)])
    assert await RENDERER.render(tmp_path / "half", media_type(name)) == Refused("corrupt")


async def test_a_png_that_ends_early_is_corrupt(tmp_path: Path) -> None:
    scene(500, 400).save(tmp_path / "whole.png")
    whole = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    assert await RENDERER.render(tmp_path / "half.png", "image/png") == Refused("corrupt")
