"""Several media workers over one log and one object store, and what befalls each of them. For tests."""

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from commands.handling import Decision
from commands.ports import Objects
from commands.post_commands import CompleteUpload, DeletePost, PostCommand, ReservePost, post_stream
from commands.post_state import Description, Post
from events.posts import UploadCompleted
from infra.directory.objects import DirectoryObjects
from infra.process.clock import wall_clock
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.positions import SqlitePositions
from infra.sqlite.tables import SqliteTables
from processors.blocklist import Blocklist
from processors.duplicates import MADE, MADE_OF, Duplicates
from processors.media import MediaSubscriber
from processors.ports import Picture, Refused, Rendered, RenderedFile
from processors.removals import Removals
from processors.renders import Renders
from processors.works import PhotoWork
from schemas.ids import AccountId, CommandId, PostId
from schemas.objects import media_prefix, upload_key
from tests.contract.fixtures_write import unique
from tests.integration.schedules.fate import Fate, Faulty
from tests.integration.schedules.write_processes import Process, WriteSite, sqlite_site

TYPE = "image/jpeg"
FILES = tuple(
    RenderedFile(name, f"image/{kind}", kind, side, side, f"{name} as {kind}".encode())  # type: ignore[arg-type]
    for name, side in (("full", 1080), ("feed", 640), ("thumbnail", 150))
    for kind in ("jpeg", "webp")
)


class Drawn:
    """A renderer whose pictures are words: what is tested with it is the order of steps, not pixels."""

    def __init__(self) -> None:
        self.drawn = 0
        self.look = "00ff00ff00ff00ff"

    async def render(self, source: Path, declared_type: str, picture: Picture = "photo") -> Rendered | Refused:
        """What the file itself asks for."""
        self.drawn += 1
        said = (await asyncio.to_thread(source.read_bytes)).decode()
        return Refused("corrupt") if said == "broken" else Rendered(FILES, 4000, 3000, said, self.look)


@dataclass(frozen=True)
class Photo:
    """A post that waits to be processed."""

    id: PostId
    author: AccountId
    completed: UploadCompleted


@dataclass(frozen=True)
class Worker:
    """A media worker: whatever it does with stores or objects meets its fate."""

    process: Process
    renders: Renders
    removals: Removals

    @property
    def fate(self) -> Fate:
        return self.process.fate

    async def takes(self, photo: Photo) -> None:
        """What it does when it hears of the upload."""
        work = PhotoWork(photo.id, photo.completed.upload_key, photo.completed.content_type)
        await self.renders.process(work, "a test")


@dataclass
class PhotoSite:
    """The stores, and the workers that were started on them."""

    write: WriteSite
    objects: DirectoryObjects
    tables: SqliteTables
    positions: SqlitePositions
    renderer: Drawn = field(default_factory=Drawn)
    blocklist: Blocklist = field(default_factory=Blocklist)
    same: bytes = b""
    """What everybody posts, if anything."""
    photos: Iterator[int] = field(default_factory=count)
    people: Process = field(init=False)
    """A process that nothing befalls."""

    def __post_init__(self) -> None:
        self.people = self.write.process("people")

    def worker(self, fate: Fate | None = None, **more: Any) -> Worker:
        """Starts a worker, in a process of its own."""
        process = self.write.process(fate=fate)
        objects: Any = Faulty(self.objects, process.fate)
        duplicates: Any = Faulty(Duplicates(self.tables, objects), process.fate)
        ids = process.handler.ids
        renders = Renders(process.handler, objects, self.renderer, duplicates, self.blocklist, ids, wall_clock, **more)
        return Worker(process, renders, Removals(objects, duplicates))

    async def photo(self, content: bytes = b"") -> Photo:
        """Somebody reserves, uploads and completes: a photo that is like no other, if nothing is said."""
        content = content or self.same or b"photo %d" % next(self.photos)
        author, post = await self.write.account(), PostId(f"po_{await self.people.handler.ids.digits()}")
        await self.does(ReservePost(author, post, "a.jpg", TYPE, len(content), None, False, Description()))
        await self.objects.put(upload_key(post), content, TYPE)
        completed = (await self.does(CompleteUpload(author, post, {}))).events[0].event
        assert isinstance(completed, UploadCompleted)
        return Photo(post, author, completed)

    async def reserved(self, draft: bool = False) -> PostId:
        """Somebody reserves, and nothing else."""
        author, post = await self.write.account(), PostId(f"po_{await self.people.handler.ids.digits()}")
        await self.does(ReservePost(author, post, "a.jpg", TYPE, 5, None, draft, Description()))
        return post

    async def state(self, post: PostId) -> Post:
        """What has become of a post."""
        state: Post = await self.people.handler.state(post_stream(post))
        return state

    async def deleted(self, photo: Photo, objects: Objects | None = None) -> None:
        """Its author deletes it, and a worker hears of it; `objects`: as that worker has them."""
        await self.does(DeletePost(photo.author, photo.id))
        removals = self.worker().removals
        await (replace(removals, objects=objects) if objects else removals).deleted(photo.id)

    async def post(self, photo: Photo) -> Post:
        """What has become of it."""
        return await self.state(photo.id)

    async def shown(self, photo: Photo) -> dict[str, bytes]:
        """What everybody can get of a post's objects, by name."""
        found = [info.key for info in await self.objects.list(media_prefix(photo.id)) if not info.gone]
        return {key: await asyncio.to_thread(_read, (await self.objects.open(key))[1]) for key in found}

    async def does(self, command: PostCommand) -> Decision:
        """A command of somebody whom nothing befalls."""
        return await self.people.does(command, str(CommandId(unique("cm"))))


@contextmanager
def photo_site(folder: Path) -> Iterator[PhotoSite]:
    """A site without transactions, as on the cluster, in this folder."""
    with sqlite_site(folder) as write, closing(SqliteDatabase(folder / "views.sqlite", "NORMAL")) as views:
        objects = DirectoryObjects(folder / "objects", "http://test", b"a secret", wall_clock)
        tables = SqliteTables(views)
        asyncio.run(tables.create([MADE, MADE_OF]))
        yield PhotoSite(write, objects, tables, SqlitePositions(views, {MediaSubscriber.id: MediaSubscriber.topics}))


def _read(file: Any) -> bytes:
    with file:
        return bytes(file.read())
