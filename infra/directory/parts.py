"""DirectoryParts: commands.ports.Parts in a folder. Their bytes come through routes.py; joined they become a blob.

`parts/<upload>/` holds `about`, what is to become of it, and a file `<number>-<tag>` for each part.
"""

import secrets
import shutil
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import orjson

from commands.ports import Part, Presigned
from infra.directory.blobs import Blobs
from infra.directory.files import IncomingFile, in_thread, make_folder, sync_folder
from infra.directory.receiving import received
from infra.directory.signing import SignedRequest, SignedUrls
from infra.http.refusals import NoSuchUpload
from schemas.errors import NotFound
from schemas.ids import Millis
from schemas.objects import check_key

CHUNK = 1024 * 1024


class DirectoryParts:
    """Uploads in parts under one folder, for one process."""

    def __init__(self, root: Path, blobs: Blobs, urls: SignedUrls) -> None:
        make_folder(root)
        self._root, self._blobs, self._urls = root, blobs, urls
        self._lock = threading.Lock()
        """Of two that send the same part one comes after the other."""

    async def begin(self, key: str, content_type: str) -> str:
        check_key(key)
        return await in_thread(self._begin, key, content_type)

    def presign(self, key: str, upload_id: str, number: int, size_bytes: int) -> Presigned:
        check_key(key)
        return self._urls.put(key, size_bytes, part=(upload_id, number))

    async def receive(self, request: SignedRequest, chunks: AsyncIterator[bytes]) -> Part:
        """Stores a request's body as the part that it is signed for; or raises, and stores nothing.

        Raises NoSuchUpload, and what receiving.received does.
        """
        assert request.part is not None
        upload_id, number = request.part
        try:
            await in_thread(self._about, request.key, upload_id)
            async with received(self._blobs.file, request, chunks) as file:
                return await in_thread(self._keep, file, upload_id, number)
        except NotFound as error:
            raise NoSuchUpload from error

    async def received(self, key: str, upload_id: str) -> Sequence[Part]:
        return await in_thread(self._received, key, upload_id)

    async def join(self, key: str, upload_id: str, parts: Sequence[Part]) -> bool:
        return await in_thread(self._join, key, upload_id, parts)

    async def abandon(self, key: str, but: str | None = None) -> None:
        await in_thread(self._abandon, key, but)

    async def expire(self, before: Millis) -> int:
        return await in_thread(self._expire, before)

    def _begin(self, key: str, content_type: str) -> str:
        upload_id = secrets.token_hex(16)
        file = self._blobs.file()
        try:
            file.open()
            file.write(orjson.dumps({"key": key, "content_type": content_type}))
            file.finish(self._blobs.clock())
            make_folder(self._root / upload_id)
            file.path.replace(self._root / upload_id / "about")
            sync_folder(self._root / upload_id)
        finally:
            file.discard()
        return upload_id

    def _about(self, key: str, upload_id: str) -> Mapping[str, str]:
        """Raises NotFound unless there is such an upload of this key."""
        about = _read(self._root / upload_id) if upload_id.isalnum() else None
        if about is None or about["key"] != key:
            raise NotFound
        return about

    def _keep(self, file: IncomingFile, upload_id: str, number: int) -> Part:
        folder, part = self._root / upload_id, Part(number, file.size, file.sha256.hex())
        file.finish(self._blobs.clock())
        with self._lock:
            before = [path for path, _, one in _parts(folder) if one.number == number]
            try:
                file.path.replace(_path(folder, part))
            except FileNotFoundError as error:  # joined, or given up
                raise NotFound from error
            for path in before:
                if path != _path(folder, part):
                    path.unlink(missing_ok=True)
            sync_folder(folder)
        return part

    def _received(self, key: str, upload_id: str) -> Sequence[Part]:
        self._about(key, upload_id)
        found = sorted(_parts(self._root / upload_id), key=lambda one: one[1])
        latest = {part.number: part for _, _, part in found}  # a crash may leave what a part replaces
        return [latest[number] for number in sorted(latest)]

    def _join(self, key: str, upload_id: str, parts: Sequence[Part]) -> bool:
        about, folder = self._about(key, upload_id), self._root / upload_id
        file = self._blobs.file()
        try:
            file.open()
            for part in parts:
                with _path(folder, part).open("rb") as source:
                    while chunk := source.read(CHUNK):
                        file.write(chunk)
            self._blobs.create(file, key, about["content_type"])  # what is there already was joined of the same
        except FileNotFoundError:
            self._about(key, upload_id)
            return False
        finally:
            file.discard()
        _remove(folder)
        return True

    def _abandon(self, key: str, but: str | None) -> None:
        for folder, about in self._all():
            if about is not None and about["key"] == key and folder.name != but:
                _remove(folder)

    def _expire(self, before: Millis) -> int:
        old = [folder for folder, about in self._all() if _began(folder, about) < before]
        for folder in old:
            _remove(folder)
        return len(old)

    def _all(self) -> Iterator[tuple[Path, Mapping[str, str] | None]]:
        for folder in list(self._root.iterdir()):
            yield folder, _read(folder)


def _path(folder: Path, part: Part) -> Path:
    return folder / f"{part.number:05}-{part.etag}"


def _parts(folder: Path) -> list[tuple[Path, int, Part]]:
    """Every file of a part, and when it was written. Raises NotFound where the folder is gone."""
    found = []
    try:
        for path in folder.iterdir():
            if "-" in path.name:
                with suppress(FileNotFoundError):  # replaced meanwhile
                    status = path.stat()
                    found.append((path, status.st_mtime_ns, Part(int(path.name[:5]), status.st_size, path.name[6:])))
    except FileNotFoundError as error:
        raise NotFound from error
    return found


def _read(folder: Path) -> Mapping[str, str] | None:
    with suppress(FileNotFoundError):
        said: Mapping[str, str] = orjson.loads((folder / "about").read_bytes())
        return said
    return None


def _began(folder: Path, about: Mapping[str, str] | None) -> Millis:
    """A crash may leave a folder that says nothing: its own time counts then."""
    with suppress(FileNotFoundError):
        return (folder if about is None else folder / "about").stat().st_mtime_ns // 1_000_000
    return Millis(2**62)  # gone by itself


def _remove(folder: Path) -> None:
    """`about` goes first: what is removed half-way is no upload any more, and expires."""
    (folder / "about").unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
