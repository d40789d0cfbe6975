"""An embedded object store for tests: its clock stands where the test puts it, its client is in the same process."""

from pathlib import Path

import httpx
from starlette.applications import Starlette

from commands.ports import Presigned
from infra.directory.objects import DirectoryObjects
from infra.directory.routes import object_routes
from infra.directory.signing import FREE_KEY

KEY = "uploads/po_00000000001"
RENDITION = "m/po_00000000001/feed-0a1b2c3d.webp"
NOON = 1_790_000_000_000
ORIGIN = "http://photolog.test"
PHOTO = b"p" * 1000


class DirectoryStore:
    """The store, the folder that it is in, and ways to use it."""

    def __init__(self, folder: Path) -> None:
        self.now = NOON
        self.origin = ORIGIN
        self.folder = folder
        self.objects = DirectoryObjects(folder, lambda: self.origin, b"secret", lambda: self.now)
        self.app = Starlette(routes=object_routes(self.objects))
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=ORIGIN)

    def presign(self, size: int = len(PHOTO), checksum: str | None = None) -> Presigned:
        return self.objects.presign_put(KEY, "image/jpeg", size, checksum)

    async def put(self, url: str, **headers: str) -> httpx.Response:
        sent = {"Content-Type": "image/jpeg", **FREE_KEY, **headers}
        return await self.client.put(url, content=PHOTO, headers=sent)

    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]
