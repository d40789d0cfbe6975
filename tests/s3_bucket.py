"""A bucket for tests on any S3 server, and everybody who may use it."""

import secrets
from dataclasses import dataclass

from minio import Minio

from infra.local.stack.stack import Stack
from infra.minio.site import REGION, Access, MinioSite, signer, worker
from infra.secrets.site import Secrets

NOWHERE = "http://127.0.0.1:9"
"""An origin where nothing answers."""


@dataclass(frozen=True)
class S3Bucket:
    """Names of a bucket, of its users, and of the server's root."""

    site: MinioSite
    admin: Access
    signer: Access
    worker: Access

    def as_user(self, access: Access) -> Minio:
        """A client with a user's rights."""
        return Minio(self.site.address.netloc, access.user, access.password, secure=False, region=REGION)

    def empty(self) -> None:
        """Removes every object."""
        store = self.as_user(self.admin)
        for found in store.list_objects(self.site.bucket, recursive=True):
            store.remove_object(self.site.bucket, str(found.object_name))


def as_root(stack: Stack, server: str = "minio") -> Minio:
    """A client of a server of the stack that may do everything."""
    bucket = named(stack, server)
    return bucket.as_user(bucket.admin)


def named(stack: Stack, server: str) -> S3Bucket:
    """Names for a bucket, on a server of the stack, that does not exist yet."""
    endpoint, credentials = stack.servers[server].url, stack.credentials
    root = Access(credentials.s3_admin_user, credentials.s3_admin_password.read_text())
    site = MinioSite(endpoint, endpoint, NOWHERE, bucket=f"test-{secrets.token_hex(6)}")
    derived = Secrets(secrets.token_bytes(32))
    return S3Bucket(site, root, signer(site, derived), worker(site, derived))
