"""`photolog media cool`: a photo that nobody has read is stored cheaply, comes back when it is read, and goes when it
is deleted, while one that was read stays where it is."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from infra.directory.objects import DirectoryObjects
from infra.local.stack.stack import Stack
from infra.process.clock import wall_clock
from schemas.objects import upload_key
from tests.callers import caller
from tests.chaos.pictures import picture
from tests.e2e.edges.conftest import EdgedSite
from tests.e2e.edges.settings import COLD
from tests.e2e.people import POLL_S, Person
from tests.edge import running_edge
from tests.integration.site.test_metrics import value
from tests.pace import patient
from tests.photolog_here import photolog
from tests.processes import running_server
from tests.s3_bucket import as_root

WITHIN_S = 30.0


@dataclass(frozen=True)
class Town:
    """A site with a cheap class; what operators' commands need to find it; what is in each class, tombstones apart;
    where /metrics is answered by whom media are read from."""

    url: str
    environment: Mapping[str, str]
    dear: Callable[[], set[str]]
    cold: Callable[[], set[str]]
    ops_url: str

    def returned(self) -> float:
        """How many files were brought back."""
        text = httpx.get(f"{self.ops_url}/metrics", trust_env=False).text
        return value(text, "photolog_cold_returned_objects_total")

    def cool(self) -> list[dict[str, Any]]:
        """What the operator is told, line by line."""
        done = photolog(self.environment, "media", "cool", "--after", "0", "--json")
        assert done.exit_code == 0, done.output
        return [json.loads(line) for line in done.stdout.splitlines()]


@asynccontextmanager
async def embedded_town(folder: Path) -> AsyncIterator[Town]:
    async with running_server(folder / "data", COLD) as server:
        dear, cold = (_in_folder(server.data / name) for name in ("objects", "cold"))
        named = {"PHOTOLOG_DATA": str(server.data), "PHOTOLOG_PORT": server.environment["PHOTOLOG_PORT"], **COLD}
        yield Town(server.url, named, dear, cold, f"http://127.0.0.1:{server.environment['PHOTOLOG_OPS_PORT']}")


@asynccontextmanager
async def cluster_town(edged: EdgedSite, folder: Path) -> AsyncIterator[Town]:
    """Media are read from an edge alone, which says what it fetches."""
    environment = edged.site.members["worker-1"].environment
    dear, cold = (_in_bucket(edged.stack, f"{environment['PHOTOLOG_SITE']}-{name}") for name in ("photolog", "cold"))
    api = edged.site.members["query-api-1"]
    asks = {"PHOTOLOG_EDGE_MISSING": urlsplit(api.url).netloc}
    async with running_edge(folder / "edge", edged.place, {**environment, **asks}):
        yield Town(edged.site.url, environment, dear, cold, api.ops_url)


async def test_a_photo_that_nobody_reads_is_stored_cheaply_until_somebody_does(
    edged: EdgedSite | None, tmp_path: Path
) -> None:
    standing = cluster_town(edged, tmp_path) if edged else embedded_town(tmp_path)
    async with standing as town:
        await asyncio.to_thread(unread_and_read, town)


def unread_and_read(town: Town) -> None:
    with caller(town.url) as http:
        ann, noted = Person.signed_up(http, "ann.cold"), _noted(town)
        read, unread = ann.publish(picture(1)), ann.publish(picture(2))
        urls = {post: [one["url"] for one in ann.get(f"/posts/{post}").json()["sources"]] for post in (read, unread)}
        assert http.get(urls[read][0]).status_code == 200
        _waited(lambda: _noted(town) > noted)
        files = _files(town.dear(), unread)
        assert len(files) == len(urls[unread]) + 1

        line, total = town.cool()
        total["outcomes"].pop("not_published", None)  # what another test deleted here
        assert (line["post_id"], total["outcomes"]) == (unread, {"cooled": 1, "read": 1})
        assert total["bytes"] == line["bytes"] > 0
        assert (town.cold(), _files(town.dear(), unread)) == (files, set())
        assert upload_key(read) in town.dear()  # type: ignore[arg-type]
        assert town.returned() == 0

        assert {http.head(url).status_code for url in urls[unread][:1]} == {200}
        answers = [http.get(url) for url in urls[unread]]
        assert {answer.status_code for answer in answers} == {200}
        assert all(answer.content for answer in answers)
        assert _files(town.dear(), unread) == files - {upload_key(unread)}  # type: ignore[arg-type]
        assert town.returned() == len(urls[unread])

        assert ann.delete(f"/posts/{unread}").status_code == 204
        _waited(lambda: {http.get(url).status_code for url in urls[unread]} == {410})
        _waited(lambda: not town.cold() and not _files(town.dear(), unread))


def _noted(town: Town) -> set[str]:
    """What says which media were read."""
    return {key for key in town.dear() if key.startswith("reads/")}


def _files(keys: set[str], post: str) -> set[str]:
    return {key for key in keys if post in key}


def _waited(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + patient(WITHIN_S)
    while not there():
        assert time.monotonic() < deadline
        time.sleep(POLL_S)


def _in_folder(folder: Path) -> Callable[[], set[str]]:
    def keys() -> set[str]:
        objects = DirectoryObjects(folder, "", b"of no concern here", wall_clock)
        return {info.key for info in asyncio.run(objects.list("")) if not info.gone}

    return keys


def _in_bucket(stack: Stack, bucket: str) -> Callable[[], set[str]]:
    """A tombstone has no bytes."""
    return lambda: {str(one.object_name) for one in as_root(stack).list_objects(bucket, recursive=True) if one.size}
