"""Buckets on the stack's MinIO, set up as a site's is; nothing of them is left behind."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from minio.credentials.providers import StaticProvider
from minio.minioadmin import MinioAdmin

from infra.local.stack.stack import Stack
from infra.minio.set_up import set_up
from infra.minio.site import REGION
from tests.s3_bucket import S3Bucket, named


class MinioBucket(S3Bucket):
    """An empty bucket, and everybody who may use it."""

    def set_up(self) -> None:
        """As a starting site does."""
        asyncio.run(set_up(self.site, self.admin, self.signer, self.worker))

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
    one = named(stack, "minio")
    return MinioBucket(one.site, one.admin, one.signer, one.worker)


@pytest.fixture(scope="session")
def bucket(stack: Stack) -> Iterator[MinioBucket]:
    """A bucket, set up once: users and policies are slow to make, and empty is as good as new."""
    made = new_bucket(stack)
    made.set_up()
    try:
        yield made
    finally:
        made.remove()
