"""A photo that takes long among a hundred that do not: nobody waits for it.

Log, ledger, objects, runtime, its window, the pipeline, and the renderer with its slots and child processes are the
real ones. Only what a child does is not: instead of decoding pixels it waits, a tenth of a second or at a gate.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from commands.post_commands import CompleteUpload, ReservePost, post_stream
from commands.post_state import Description
from infra.directory.objects import DirectoryObjects
from infra.process.clock import wall_clock
from infra.vips import forked, report
from infra.vips.renderer import VipsRenderer
from infra.vips.renditions import Encoded, Renditions
from processors.appliers import Appliers
from processors.blocklist import Blocklist
from processors.duplicates import MADE, MADE_OF, Duplicates
from processors.media import MediaSubscriber, Render, RenderApplier
from processors.pace import Pace
from processors.renders import Renders
from schemas.ids import AccountId, PostId
from schemas.objects import upload_key
from schemas.positions import POSTS
from tests.integration.handlers import cause
from tests.integration.media import waiting_forker
from tests.integration.media.photo_site import FILES, TYPE
from tests.integration.stores import Site, opened_site, running
from tests.pace import patient
from tests.partitions import route

PHOTOS, EACH_S, OTHERS_WITHIN_S = 100, 0.1, 5.0
AT_ONCE = 4
"""Children side by side, as on a machine of four cores: on two, a hundred of 0.1 s beside a slow one take ten."""
ONE_PLACE = (POSTS, 0)
SLOW = 3
"""Which of them is the slow one, in the order of the log."""


@dataclass
class Children:
    """Children that decode nothing: they wait, then report a photo."""

    folder: Path

    def __post_init__(self) -> None:
        os.mkfifo(self.gate)
        files = [Encoded(**vars(file)) for file in FILES]
        self.report.write_bytes(report.rendered(Renditions(files, 4000, 3000, "a blurhash", "00ff00ff00ff00ff")))

    @property
    def gate(self) -> Path:
        return self.folder / "gate"

    @property
    def report(self) -> Path:
        return self.folder / "report"

    def command(self) -> list[str]:
        """In place of infra.vips.forked.forker_command."""
        program = [sys.executable, "-P", "-s", "-m", waiting_forker.__name__]
        return [*program, str(self.gate), str(self.report), str(EACH_S)]

    async def let_go(self) -> None:
        """The slow one ends."""
        await asyncio.to_thread(self.gate.write_text, "go on\n")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    with opened_site(tmp_path, [MediaSubscriber.id]) as opened:
        yield opened


async def uploaded(site: Site, objects: DirectoryObjects, author: AccountId, content: bytes) -> PostId:
    """A post of the one partition, whose upload is complete."""
    while route(post_stream(post := PostId(f"po_{await site.ids.digits()}"))) != ONE_PLACE:
        pass
    reserved = ReservePost(author, post, "a.jpg", TYPE, len(content), None, False, Description())
    await site.handler.handle(reserved, cause(f"{post} reserves"))
    await objects.put(upload_key(post), content, TYPE)
    await site.handler.handle(CompleteUpload(author, post, {}), cause(f"{post} completes"))
    return post


async def published(site: Site, count: int) -> set[str]:
    """Waits until so many posts are published. Which."""
    found: set[str] = set()
    offset = 0
    async with asyncio.timeout(patient(60)):
        while len(found) < count:
            entries = await site.log.read(*ONE_PLACE, offset, 500)
            found |= {entry.stream for entry in entries if entry.type.startswith("post.published.")}
            offset += len(entries)
            if not entries:
                await site.log.wait(1)
    return found


@pytest.mark.timeout(300)
async def test_a_photo_that_takes_long_delays_none_of_the_hundred_around_it(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    children = Children(tmp_path)
    monkeypatch.setattr(forked, "forker_command", children.command)
    objects = DirectoryObjects(tmp_path / "objects", "http://test", b"a secret", wall_clock)
    author = await site.account("ann")
    contents = [waiting_forker.SLOW if number == SLOW else b"quick %d" % number for number in range(PHOTOS + 1)]
    posts = [await uploaded(site, objects, author, content) for content in contents]
    await site.tables.create([MADE, MADE_OF])
    duplicates, children_of = Duplicates(site.tables, objects), VipsRenderer(at_once=AT_ONCE)
    renders = Renders(site.handler, objects, children_of, duplicates, Blocklist(), site.ids, wall_clock)
    appliers = Appliers(site.rows, {Render: RenderApplier(renders)})
    began = time.monotonic()
    async with running(site, MediaSubscriber(), appliers, pace=Pace()) as runtime:
        others = await published(site, PHOTOS)
        took = time.monotonic() - began
        assert others == {post_stream(post) for post in posts} - {post_stream(posts[SLOW])}
        assert runtime.late == {}
        await children.let_go()
        assert post_stream(posts[SLOW]) in await published(site, PHOTOS + 1)
    print(f"{PHOTOS} photos of {EACH_S} s were published in {took:.1f} s, {AT_ONCE} at once, beside one that was not")
    assert took < patient(OTHERS_WITHIN_S)
