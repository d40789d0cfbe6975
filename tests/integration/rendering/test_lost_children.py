"""Children and forkers that are killed: by chance, or because of a photo."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

import pytest

from infra.vips.limits import Limits
from infra.vips.renderer import TRIES, VipsRenderer
from processors.ports import Refused, Rendered
from tests.integration.rendering.files import endless, good
from tests.stopping import stop

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for a renderer's children in /proc")


async def only_child(*but: int) -> int:
    """The process that renders, where no other photo is rendered; another than those that did."""
    while not (found := children() - set(but)):  # noqa: ASYNC110 - the kernel tells nobody
        await asyncio.sleep(0.01)
    (child,) = found
    return child


def children() -> set[int]:
    """Those of our forkers; servers that other tests have started here have children too."""
    return {child for forker in forked_by("self") if is_forker(forker) for child in forked_by(str(forker))}


def is_forker(process: int) -> bool:
    with suppress(OSError):
        return b"infra.vips.forker" in Path(f"/proc/{process}/cmdline").read_bytes()
    return False


def forked_by(process: str) -> set[int]:
    """The children of a process that is or was."""
    found = set()
    with suppress(OSError):
        for one in Path(f"/proc/{process}/task").glob("*/children"):
            found |= set(map(int, one.read_text().split()))
    return found


def parent_of(process: int) -> int:
    """Who has forked it."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


async def opened(pipe: Path) -> IO[bytes]:
    """The other end, once a child reads, which waits for as long as nothing is written."""
    return await asyncio.to_thread(pipe.open, "wb", buffering=0)


def now_good(pipe: Path) -> None:
    """Whoever opens the file by its name from now on finds a photo."""
    good(pipe.parent).replace(pipe)


async def test_a_photo_whose_children_the_kernel_kills_is_refused_and_its_neighbours_are_not(tmp_path: Path) -> None:
    renderer, killed = VipsRenderer(at_once=2), list[int]()
    deadly = asyncio.create_task(renderer.render(endless(tmp_path), "image/jpeg"))
    killed.append(await only_child())
    neighbours = [asyncio.create_task(renderer.render(good(tmp_path), "image/jpeg")) for _ in range(3)]
    os.kill(killed[0], signal.SIGKILL)
    assert all(isinstance(outcome, Rendered) for outcome in await asyncio.gather(*neighbours))
    while len(killed) < TRIES:
        killed.append(await only_child(*killed))
        os.kill(killed[-1], signal.SIGKILL)
    assert await deadly == Refused("too_slow")
    assert isinstance(await renderer.render(good(tmp_path), "image/jpeg"), Rendered)


async def test_a_photo_that_lost_a_child_by_chance_is_rendered(tmp_path: Path) -> None:
    pipe = endless(tmp_path)
    rendering = asyncio.create_task(VipsRenderer().render(pipe, "image/jpeg"))
    with await opened(pipe):
        child = await only_child()
        forker = parent_of(child)
        now_good(pipe)
        os.kill(child, signal.SIGKILL)
    assert isinstance(await rendering, Rendered)
    assert forker not in forked_by("self"), "what crashed is laid out as what comes next"


async def test_a_photo_that_lost_its_forker_by_chance_is_rendered_by_a_child_of_another(tmp_path: Path) -> None:
    pipe = endless(tmp_path)
    rendering = asyncio.create_task(VipsRenderer().render(pipe, "image/jpeg"))
    with await opened(pipe):
        child = await only_child()
        now_good(pipe)
        os.kill(parent_of(child), signal.SIGKILL)
        assert isinstance(await rendering, Rendered)


async def test_a_photo_that_a_busy_machine_keeps_waiting_is_not_too_slow(tmp_path: Path) -> None:
    """Its child is stopped for longer than it may compute, as if it got no turn."""
    pipe = endless(tmp_path)
    rendering = asyncio.create_task(VipsRenderer(Limits(cpu_s=2)).render(pipe, "image/jpeg"))
    with await opened(pipe) as end:
        child = await only_child()
        stop(child)
        now_good(pipe)
        end.write(pipe.read_bytes())
    await asyncio.sleep(3)
    os.kill(child, signal.SIGCONT)
    assert isinstance(await rendering, Rendered)
