"""What children of one forker share: nothing that one of them could reach another by; and whom they do not outlive."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import IO

import pytest

from infra.vips import forked
from infra.vips.forked import CHILD_ENVIRONMENT, Forker, ForkerLost

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
TELLING = """
import json, os, sys
from infra.vips import forker, renditions

def make(does, gate):
    if does == "waits":
        open(gate).read()
    elif does == "breaks":
        renditions.AS = "broken"
    told = {"descriptors": sorted(map(int, os.listdir("/proc/self/fd")))[:-1], "broken": renditions.AS == "broken",
        "session": os.getsid(0) == os.getpid(), "threads": len(os.listdir(f"/proc/{os.getppid()}/task"))}
    print(json.dumps(told), flush=True)

forker.main(sys.argv[1], make)
"""
RENDERING = """
import asyncio, sys
from pathlib import Path
from infra.vips.renderer import VipsRenderer
asyncio.run(VipsRenderer().render(Path(sys.argv[1]), "image/jpeg"))
"""


@pytest.fixture
def telling(monkeypatch: pytest.MonkeyPatch) -> Forker:
    """A forker as it is, whose children say what they find."""
    monkeypatch.setattr(forked, "forker_command", lambda: [sys.executable, "-P", "-c", TELLING])
    return Forker()


def is_read(end: IO[bytes]) -> bool:
    """Whether anybody has the other end of a pipe."""
    try:
        return bool(end.write(b"is anybody there?"))
    except BrokenPipeError:
        return False


@LINUX
async def test_children_side_by_side_have_neither_each_other_s_lines_nor_what_one_has_broken(
    telling: Forker, tmp_path: Path
) -> None:
    os.mkfifo(gate := tmp_path / "gate")
    async with telling.child(["waits", str(gate)]) as first, telling.child(["breaks", ""]) as second:
        assert json.loads(await second.output.read())["broken"]
        assert await second.ended() == 0
        async with telling.child(["tells", ""]) as third:
            said = json.loads(await third.output.read())
        assert said == {"descriptors": [0, 1, 2], "broken": False, "session": True, "threads": 1}
        await asyncio.to_thread(gate.write_text, "go on")
        assert json.loads(await first.output.read()) == said
        assert await first.ended() == 0


async def test_a_forker_that_cannot_load_is_lost_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forked, "forker_command", lambda: [sys.executable, "-P", "-c", "import no_such_decoder"])
    with pytest.raises(ForkerLost, match="no_such_decoder") as raised:
        async with Forker().child(["photo"]) as child:
            await child.ended()
    assert not raised.value.was_killed


async def test_a_worker_that_is_killed_leaves_no_child_behind(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "endless")
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-c", RENDERING, str(pipe), env=CHILD_ENVIRONMENT, start_new_session=True
    )
    try:
        writer = await asyncio.to_thread(os.open, pipe, os.O_WRONLY)  # returns once the child reads
    finally:
        worker.kill()
        await worker.wait()
    with os.fdopen(writer, "wb", buffering=0) as end:
        while is_read(end):  # noqa: ASYNC110 - the kernel tells nobody
            await asyncio.sleep(0.01)


@LINUX
async def test_a_child_that_nobody_waits_for_any_more_is_over_when_its_block_is(
    telling: Forker, tmp_path: Path
) -> None:
    os.mkfifo(gate := tmp_path / "gate")
    async with telling.child(["waits", str(gate)]):
        writer = await asyncio.to_thread(os.open, gate, os.O_WRONLY)
    with os.fdopen(writer, "wb", buffering=0) as end:
        assert not is_read(end)
    async with telling.child(["tells", ""]) as another:
        assert await another.ended() == 0
