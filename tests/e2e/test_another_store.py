"""A whole site whose object store is not MinIO but versitygw: what its users get, from the upload to the 410.

What only MinIO does is not asked: users that the site makes by itself, and the store's word that an upload came.
"""

import json
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.local.demo.client import Client
from infra.local.stack.stack import Stack
from infra.minio.site import Access, MinioSite
from tests.callers import callers
from tests.chaos.pictures import large
from tests.edge import answers
from tests.pace import patient, until
from tests.photolog_here import photolog
from tests.s3_bucket import NOWHERE
from tests.sites import running_site
from tests.stack import servers_of_the_run
from tests.versitygw_bucket import VersitygwBucket

PART = 5_242_880
WITHIN_S = 30.0


@dataclass(frozen=True)
class Town:
    """A site, and its bucket."""

    url: str
    bucket: VersitygwBucket

    def stored(self) -> set[str]:
        """The keys that have bytes: a tombstone has none."""
        root = self.bucket.as_user(self.bucket.admin)
        found = root.list_objects(self.bucket.site.bucket, recursive=True)
        return {str(one.object_name) for one in found if one.size}


@pytest.fixture
async def town(stack: Stack, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    """Its operator has made what the site cannot make there."""
    store = servers_of_the_run(request.config, "versitygw").servers["versitygw"]
    here = {"PHOTOLOG_SITE": f"t{uuid.uuid4().hex[:12]}", "PHOTOLOG_S3_ENDPOINT": store.url}
    not_minio = {name: value for name, value in stack.environment.items() if "S3_ADMIN" not in name}
    environment = {**not_minio, **here}
    bucket = _bucket(environment, Access(stack.credentials.s3_admin_user, _read(stack)))
    bucket.set_up()
    try:
        async with running_site(environment, tmp_path) as site:
            yield Town(site.url, bucket)
    finally:
        bucket.remove()


async def test_a_photo_is_uploaded_in_parts_read_and_deleted(town: Town, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(large(PART + 1_000_000))
    async with callers(town.url) as http:
        ann = Client(http)
        await ann.sign_up("ann", "a long password")
        upload = await ann.upload_photo(photo)
        url = (await ann.wait_published(upload, patient(WITHIN_S)))["urls"]["full"]
        assert any(key.startswith("uploads/") for key in town.stored())

        whole = await http.get(url)
        assert (whole.status_code, whole.headers["Content-Length"]) == (200, str(len(whole.content)))
        known = await http.get(url, headers={"If-None-Match": whole.headers["ETag"]})
        assert (known.status_code, known.content) == (304, b"")
        part = await http.get(url, headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, whole.content[10:20])
        assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole.content)}"

        await ann.delete(f"/posts/{upload.post_id}")
        await answers(http, url, 410, WITHIN_S)
        assert (await http.head(url)).status_code == 410
        await until(lambda: not town.stored())


def _bucket(environment: Mapping[str, str], root: Access) -> VersitygwBucket:
    """As the operator's command names it and its users."""
    said = json.loads(photolog(environment, "media", "users").stdout)
    endpoint = environment["PHOTOLOG_S3_ENDPOINT"]
    (name,), users = said["buckets"], [Access(one["user"], one["password"]) for one in said["users"]]
    return VersitygwBucket(MinioSite(endpoint, endpoint, NOWHERE, bucket=name), root, *users)


def _read(stack: Stack) -> str:
    return stack.credentials.s3_admin_password.read_text()
