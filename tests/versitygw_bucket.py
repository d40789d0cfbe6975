"""A bucket on the stack's versitygw with the users that a site's has on MinIO; nothing of it is left behind.

Users have no policies of their own there: what each may do stands in the bucket's.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from minio.credentials.credentials import Credentials
from minio.signer import sign_v4_s3
from minio.time import to_amz_date
from urllib3 import request

from infra.minio.policies import Policy, public_policy, signer_policy, worker_policy
from infra.minio.site import REGION, Access
from tests.s3_bucket import S3Bucket, named
from tests.stack import servers_of_the_run

TAGS = "s3:PutObjectTagging"
"""S3 wants this right of whoever signs an upload with a tag. MinIO does not, so its policy does without."""


class VersitygwBucket(S3Bucket):
    """An empty bucket, and everybody who may use it."""

    def set_up(self) -> None:
        """Users first: a policy may name nobody who is not there."""
        bucket = self.site.bucket
        for user in (self.signer, self.worker):
            self._admin("create-user", _xml("Account", Access=user.user, Secret=user.password, Role="user"))
        allowed = [
            *public_policy(bucket)["Statement"],
            *_of(self.signer, signer_policy(bucket), TAGS),
            *_of(self.worker, worker_policy(bucket)),
        ]
        store = self.as_user(self.admin)
        store.make_bucket(bucket)
        store.set_bucket_policy(bucket, json.dumps({"Version": "2012-10-17", "Statement": allowed}))

    def remove(self) -> None:
        """Removes the bucket and its users."""
        self.empty()
        self.as_user(self.admin).remove_bucket(self.site.bucket)
        for user in (self.signer, self.worker):
            self._admin(f"delete-user?access={user.user}")

    def _admin(self, call: str, body: bytes = b"") -> None:
        """One call of the server's own admin API."""
        url, now, digest = f"{self.site.endpoint}/{call}", datetime.now(UTC), hashlib.sha256(body).hexdigest()
        root = Credentials(self.admin.user, self.admin.password)
        parts = urlsplit(url)
        headers: dict[str, str | list[str] | tuple[str]] = {
            "Host": parts.netloc,
            "x-amz-content-sha256": digest,
            "x-amz-date": to_amz_date(now),
        }
        signed = sign_v4_s3(
            method="PATCH", url=parts, region=REGION, headers=headers, credentials=root, content_sha256=digest, date=now
        )
        answer = request("PATCH", url, body=body, headers={name: str(value) for name, value in signed.items()})
        assert answer.status < 300, f"{call}: {answer.status} {answer.data!r}"


def _of(user: Access, policy: Policy, *more: str) -> list[Mapping[str, Any]]:
    """What a user is allowed. What is denied besides goes by headers, which this server's conditions do not know."""
    granted = [one for one in policy["Statement"] if one["Effect"] == "Allow"]
    return [{**one, "Action": [*one["Action"], *more], "Principal": {"AWS": [user.user]}} for one in granted]


def _xml(name: str, **fields: str) -> bytes:
    root = ElementTree.Element(name)
    for field, value in fields.items():
        ElementTree.SubElement(root, field).text = value
    return ElementTree.tostring(root)


@pytest.fixture(scope="session")
def versitygw_bucket(request: pytest.FixtureRequest) -> Iterator[VersitygwBucket]:
    """A bucket, set up once, on a server that is started by name."""
    one = named(servers_of_the_run(request.config, "versitygw"), "versitygw")
    made = VersitygwBucket(one.site, one.admin, one.signer, one.worker)
    made.set_up()
    try:
        yield made
    finally:
        made.remove()
