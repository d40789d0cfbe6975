"""Buckets on the stack's MinIO, set up as a site's is; nothing of them is left behind."""

import asyncio
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from minio import Minio
from minio.credentials.providers import StaticProvider
from minio.minioadmin import MinioAdmin

from infra.local.stack.stack import Stack
from infra.minio.set_up import set_up
from infra.minio.site import REGION, Access, MinioSite, signer, worker
from infra.secrets.site import Secrets

NOWHERE = "http://127.0.0.1:9"
"""An origin where nothing answers."""


@dataclass(frozen=True)
class MinioBucket:
    """An empty bucket, and everybody who may use it."""

    site: MinioSite
    admin: Access
    signer: Access
    worker: Access

    def set_up(self) -> None:
        """As a starting site does."""
        asyncio.run(set_up(self.site, self.admin, self.signer, self.worker))

    def as_user(self, access: Access) -> Minio:
        """A client with a user's rights."""
        return Minio(self.site.address.netloc, access.user, access.password, secure=False, region=REGION)

    def empty(self) -> None:
        """Removes every object."""
        store = self.as_user(self.admin)
        for found in store.list_objects(self.site.bucket, recursive=True):
            store.remove_object(self.site.bucket, str(found.object_name))

    def remove(self) -> None:
        """Removes the bucket, its users and their policies."""
        self.empty()
        self.as_user(self.admin).remove_bucket(self.site.bucket)
        for user in self.users():
            self.as_admin().user_remove(user)
            self.as_admin().policy_remove(user)

    def as_admin(self) -> MinioAdmin:
        """The admin's other client."""
        credentials = StaticProvider(self.admin.user, self.admin.password)
        return MinioAdmin(endpoint=self.site.address.netloc, credentials=credentials, region=REGION, secure=False)

    def users(self) -> dict[str, Any]:
        """What the admin is told of each user whose name begins with the bucket's."""
        listed: dict[str, Any] = json.loads(self.as_admin().user_list())
        return {user: told for user, told in listed.items() if user.startswith(self.site.bucket)}


def new_bucket(stack: Stack) -> MinioBucket:
    """Names for a bucket that does not exist yet."""
    settings = stack.environment
    endpoint, user = settings["PHOTOLOG_S3_ENDPOINT"], settings["PHOTOLOG_S3_ADMIN_USER"]
    password = Path(settings["PHOTOLOG_S3_ADMIN_PASSWORD_FILE"]).read_text().strip()
    site = MinioSite(endpoint, endpoint, NOWHERE, bucket=f"test-{secrets.token_hex(6)}")
    derived = Secrets(secrets.token_bytes(32))
    return MinioBucket(site, Access(user, password), signer(site, derived), worker(site, derived))


@pytest.fixture(scope="session")
def bucket(stack: Stack) -> Iterator[MinioBucket]:
    """A bucket, set up once: users and policies are slow to make, and empty is as good as new."""
    made = new_bucket(stack)
    made.set_up()
    try:
        yield made
    finally:
        made.remove()
