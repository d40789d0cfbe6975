"""Renditions of published posts made again, from their originals: after an error that made them, or in another format.

Asked by `photolog media render`, which may end at any moment: a post shows what it did until all that is new is there.
Whoever feeds on the log takes the old away.
"""

import asyncio
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from commands.aggregate import Command
from commands.handling import Cause, Decision, Handler
from commands.ids import lowest
from commands.ports import Objects
from commands.post_commands import NoteUpload, RemakePost, post_stream
from commands.post_state import Post
from events.posts import RejectionReason, Rendition
from processors.duplicates import Duplicates, digest_of, sha256_of
from processors.ports import Picture, Refused, Rendered, Renderer
from processors.works import ACTOR, Files, PhotoWork, Shown, stored_files
from projections.ports import Positions, TableReads
from projections.posts import POSTS, PROJECTION
from schemas.errors import NotFound, NotYetVisible
from schemas.ids import POST_PREFIX, Millis, PostId
from schemas.objects import UPLOADS, uploaded_post
from schemas.positions import Position

PAGE = 500
WITHIN_S = 30.0
"""How long readers' rows may be behind before a post is left for another time."""
TRIES = 3
"""Edits that may come in between."""

Outcome = Literal["remade", "not_published", "no_original", "busy"] | RejectionReason
"""What became of a post; but for the first nothing has changed."""


@dataclass(frozen=True)
class Remakes:
    """Makes renditions again, one post a call."""

    handler: Handler
    objects: Objects
    renderer: Renderer
    duplicates: Duplicates
    tables: TableReads
    """What readers see: it knows when a post was edited, which its stream says of no event but in passing."""
    positions: Positions

    async def since(self, at: Millis) -> list[PostId]:
        """The posts reserved since then whose originals are there, in order."""
        after, found = f"{UPLOADS}{POST_PREFIX}_{lowest(at)}", list[PostId]()
        while names := await self.objects.children(UPLOADS, after, PAGE):
            found += [post for name in names if (post := uploaded_post(name)) and post.startswith(f"{POST_PREFIX}_")]
            after = names[-1]
        return found

    async def remake(self, post: PostId, picture: Picture) -> Outcome:
        """New renditions under new names, and all readers told of them. Safe to repeat. Raises Unavailable."""
        state: Post | None = await self.handler.state(post_stream(post))
        if state is None or state.status != "published":
            return "not_published"
        work = PhotoWork(post, state.upload_key, state.content_type, picture)
        with tempfile.TemporaryDirectory(prefix="photolog-") as folder:
            source = Path(folder, "original")
            try:
                await self.objects.download(work.upload_key, source)
            except NotFound:
                return "no_original"
            digest = digest_of(await asyncio.to_thread(sha256_of, source), work.content_type, picture)
            rendered = await self.renderer.render(source, work.content_type, picture)
        if isinstance(rendered, Refused):
            return rendered.reason
        return await self._shown(work, state.attempt + 1, rendered, digest)

    async def _shown(self, work: PhotoWork, attempt: int, rendered: Rendered, digest: str) -> Outcome:
        files = await stored_files(self.objects, work.of, attempt, rendered)
        shown = Shown(files, rendered.width, rendered.height, rendered.blurhash, rendered.look)
        for _ in range(TRIES):
            now = await self._told(work, attempt, shown)
            if work.shows(now, files):
                await self.duplicates.keep(work, attempt, digest, shown)
                return "remade"
            if now.status != "published" or now.attempt >= attempt:
                break  # deleted, removed, or made again by another
        await self._withdraw(work, now, files)
        return "busy" if now.status == "published" else "not_published"

    async def _told(self, work: PhotoWork, attempt: int, shown: Shown) -> Post:
        """The post once this is said of it, as it was when readers' row was looked at; or as somebody has it since."""
        before = await self._say(NoteUpload(ACTOR, work.post))  # changes nothing; says where its last event is
        seen: Post = before.state
        edited_at = await self._edited_at(work.post, before.positions)
        renditions = tuple(Rendition.model_validate(asdict(file)) for file in shown.files)
        made = attempt, renditions, shown.width, shown.height, shown.blurhash
        decision = await self._say(RemakePost(ACTOR, work.post, *made, seen.description, edited_at))
        now: Post = decision.state
        return now

    async def _edited_at(self, post: PostId, positions: list[Position]) -> Millis | None:
        if not await self.positions.wait([PROJECTION.id], positions, WITHIN_S):
            raise NotYetVisible
        row = (await self.tables.get(POSTS, [(post,)])).get((post,))
        return row["edited_at"] if row else None

    async def _withdraw(self, work: PhotoWork, now: Post, files: Files) -> None:
        """Under a deleted post tombstones stay. What another has shown under the same names is its own."""
        shown = {one.path for one in now.picture.renditions} if now.picture else set()
        remove = self.objects.tombstone if work.is_deleted(now) else self.objects.delete
        for file in files:
            if file.path not in shown or work.is_deleted(now):
                await remove(file.path)

    async def _say(self, command: Command) -> Decision:
        command_id = await self.handler.ids.command_id()
        return await self.handler.handle(command, Cause(command_id, command_id))
