"""No file keeps a decoder busy, makes it large or leaves it behind, and a fault of the machine is never the file's."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from infra.vips.forked import CHILD_ENVIRONMENT
from infra.vips.limits import Limits
from infra.vips.refusals import UNFORESEEN, is_machine_fault
from infra.vips.renderer import VipsRenderer
from infra.vips.verdict import ChildLost, verdict
from processors.ports import Refused, Rendered
from schemas.errors import Unavailable
from tests.integration.rendering.files import endless, good
from tests.pace import children_s, patient


async def test_a_decoder_that_never_ends_is_killed_and_the_renderer_lives_on(tmp_path: Path) -> None:
    renderer = VipsRenderer(Limits(wall_s=2), at_once=1)
    start, before = time.monotonic(), children_s()
    assert await renderer.render(endless(tmp_path), "image/jpeg") == Refused("too_slow")
    assert 2 <= time.monotonic() - start < patient(6)
    assert isinstance(await renderer.render(good(tmp_path), "image/jpeg"), Rendered)
    renderer.close()
    assert children_s() > before


async def test_a_cancelled_render_leaves_no_child_behind(tmp_path: Path) -> None:
    pipe, renderer = endless(tmp_path), VipsRenderer(at_once=1)
    task = asyncio.create_task(renderer.render(pipe, "image/jpeg"))
    writer = await asyncio.to_thread(os.open, pipe, os.O_WRONLY)  # returns once the child reads
    try:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(BrokenPipeError):
            os.write(writer, b"nobody reads this")
    finally:
        os.close(writer)
    assert isinstance(await renderer.render(good(tmp_path), "image/jpeg"), Rendered)


async def test_photos_beyond_the_number_at_once_wait_and_their_time_does_not_run(tmp_path: Path) -> None:
    renderer, start = VipsRenderer(Limits(wall_s=2), at_once=1), time.monotonic()
    first, second, third = await asyncio.gather(
        renderer.render(endless(tmp_path, "one"), "image/jpeg"),
        renderer.render(endless(tmp_path, "two"), "image/jpeg"),
        renderer.render(good(tmp_path), "image/jpeg"),
    )
    assert time.monotonic() - start >= 4
    assert (first, second) == (Refused("too_slow"), Refused("too_slow"))
    assert isinstance(third, Rendered)


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS enforces no limit on address space")
async def test_a_photo_that_needs_more_memory_than_allowed_has_too_many_pixels(tmp_path: Path) -> None:
    """A progressive JPEG is kept whole while it is decoded: six bytes a pixel without subsampling."""
    source = tmp_path / "progressive.jpg"
    Image.new("RGB", (9000, 7000), "teal").save(source, progressive=True, subsampling=0)
    small = VipsRenderer(Limits(memory_bytes=256 * 1024 * 1024))
    assert await small.render(source, "image/jpeg") == Refused("too_many_pixels")
    assert isinstance(await small.render(good(tmp_path), "image/jpeg"), Rendered)
    assert isinstance(await VipsRenderer().render(source, "image/jpeg"), Rendered)


def test_the_kernel_ends_a_child_that_uses_up_its_processor_time() -> None:
    spin = "from infra.vips.limits import Limits\nLimits(cpu_s=1).impose()\nwhile True: pass"
    exit_code = subprocess.run([sys.executable, "-P", "-c", spin], env=CHILD_ENVIRONMENT, timeout=60).returncode
    assert exit_code == -signal.SIGXCPU
    assert verdict(exit_code, b"", "") == Refused("too_slow")


def test_a_child_that_lost_its_parent_ends_by_its_own_alarm() -> None:
    wait = "from infra.vips.limits import Limits\nLimits(wall_s=-4.5).impose()\nwhile True: signal.pause()"
    command = [sys.executable, "-P", "-c", f"import signal\n{wait}"]
    exit_code = subprocess.run(command, env=CHILD_ENVIRONMENT, timeout=60).returncode
    assert exit_code == -signal.SIGALRM


def test_a_decoder_that_crashes_means_a_corrupt_file() -> None:
    crash = "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"
    exit_code = subprocess.run([sys.executable, "-c", crash], timeout=60).returncode
    assert verdict(exit_code, b"", "") == Refused("corrupt")
    assert verdict(exit_code, b"", "GLib: failed to allocate 99 bytes") == Refused("too_many_pixels")


@pytest.mark.parametrize("exit_code", [-signal.SIGTERM, 1, 127])
def test_an_unexplained_end_is_the_machine_s_fault(exit_code: int) -> None:
    with pytest.raises(Unavailable):
        verdict(exit_code, b"", "some traceback")


def test_a_fault_that_nobody_foresaw_counts_against_the_file() -> None:
    with pytest.raises(ChildLost, match="corrupt"):
        verdict(UNFORESEEN, b"", "some traceback")


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels are not told")
def test_a_kernel_that_runs_out_of_memory_is_told_to_end_a_child_first() -> None:
    told = "from infra.vips.limits import Limits\nLimits().impose()\nprint(open('/proc/self/oom_score_adj').read())"
    said = subprocess.run(
        [sys.executable, "-P", "-c", told], env=CHILD_ENVIRONMENT, timeout=60, stdout=subprocess.PIPE, check=True
    ).stdout
    assert int(said) == 1000


@pytest.mark.parametrize("complaint", ["glib: Error creating thread: Resource", "system error: Input/output error"])
def test_what_another_machine_would_have_had_is_no_verdict_on_a_photo(complaint: str) -> None:
    assert is_machine_fault(complaint)
    assert not is_machine_fault("VipsJpeg: premature end of JPEG image")


REPORTS = [
    b"",
    b"no report\n",
    b'{"refused": "because"}\n',
    b'{"width": 1, "height": 1, "blurhash": "", "files": [{}]}\n',
    b'{"width": 1, "height": 1, "blurhash": "", "files": [{"name": "full", "content_type": "image/jpeg", '
    b'"extension": "jpg", "width": 1, "height": 1, "size_bytes": 10}]}\nshort',
]


@pytest.mark.parametrize("output", REPORTS)
def test_a_report_that_makes_no_sense_is_not_believed(output: bytes) -> None:
    with pytest.raises(Unavailable):
        verdict(0, output, "")


async def test_a_file_that_is_not_there_is_no_verdict_on_a_photo(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as raised:
        await VipsRenderer().render(tmp_path / "nothing.jpg", "image/jpeg")
    assert "FileNotFoundError" in str(raised.value.__cause__)


async def test_a_child_that_cannot_be_started_is_no_verdict_on_a_photo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with pytest.raises(Unavailable):
        await VipsRenderer().render(good(tmp_path), "image/jpeg")
