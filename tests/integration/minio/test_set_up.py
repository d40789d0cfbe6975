"""The set-up of a bucket on MinIO: repeated, from several processes at once, and with other passwords."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
from minio.error import S3Error

from infra.local.stack.stack import Stack
from infra.minio.set_up import set_up
from infra.minio.site import Access, MinioSite, signer, worker
from infra.secrets.site import Secrets
from schemas.errors import Unavailable
from tests.minio_bucket import MinioBucket, new_bucket
from tests.s3_bucket import NOWHERE


@pytest.fixture
def fresh(stack: Stack) -> Iterator[MinioBucket]:
    """A bucket that is not there yet."""
    bucket = new_bucket(stack)
    yield bucket
    if bucket.as_user(bucket.admin).bucket_exists(bucket.site.bucket):
        bucket.remove()


def test_several_processes_set_up_the_same_bucket_at_once(fresh: MinioBucket) -> None:
    with ThreadPoolExecutor(4) as processes:
        for started in [processes.submit(fresh.set_up) for _ in range(4)]:
            started.result()
    assert {user: told["policyName"] for user, told in fresh.users().items()} == {
        fresh.signer.user: fresh.signer.user,
        fresh.worker.user: fresh.worker.user,
    }
    assert list(fresh.as_user(fresh.worker).list_objects(fresh.site.bucket)) == []


def test_a_repeated_set_up_keeps_what_is_there(fresh: MinioBucket) -> None:
    def found() -> tuple[str, str, str]:
        notifications = store.get_bucket_notification(fresh.site.bucket)
        users = json.dumps({user: told["policyName"] for user, told in fresh.users().items()})
        return store.get_bucket_policy(fresh.site.bucket), repr(notifications), users

    fresh.set_up()
    store = fresh.as_user(fresh.admin)
    before = found()
    fresh.set_up()
    assert found() == before


def test_a_changed_secret_shuts_the_old_password_out(fresh: MinioBucket) -> None:
    fresh.set_up()
    changed = replace(fresh, worker=replace(fresh.worker, password="another password"))
    changed.set_up()
    assert list(changed.as_user(changed.worker).list_objects(fresh.site.bucket)) == []
    with pytest.raises(S3Error, match="SignatureDoesNotMatch"):
        list(fresh.as_user(fresh.worker).list_objects(fresh.site.bucket))


def test_neither_user_may_change_the_bucket_or_see_another(fresh: MinioBucket) -> None:
    fresh.set_up()
    other = f"{fresh.site.bucket}-2"
    for store in map(fresh.as_user, (fresh.signer, fresh.worker)):
        for forbidden in (
            partial(store.delete_bucket_policy, fresh.site.bucket),
            partial(store.remove_bucket, fresh.site.bucket),
            partial(store.make_bucket, other),
            partial(store.get_object, other, "m/po_1/feed-a.webp"),
        ):
            with pytest.raises(S3Error, match="AccessDenied"):
                forbidden()


def test_a_target_that_the_server_does_not_have_is_named(fresh: MinioBucket) -> None:
    with pytest.raises(S3Error, match=r"(?i)destination ARN does not exist"):
        asyncio.run(set_up(fresh.site, fresh.admin, fresh.signer, fresh.worker, targets=["NONESUCH"]))


def test_a_wrong_admin_password_is_not_taken_for_an_outage(fresh: MinioBucket) -> None:
    impostor = Access(fresh.admin.user, "not the password")
    with pytest.raises(S3Error, match="SignatureDoesNotMatch"):
        asyncio.run(set_up(fresh.site, impostor, fresh.signer, fresh.worker))


def test_a_store_that_is_away_is_unavailable() -> None:
    site, user = MinioSite(NOWHERE, NOWHERE, NOWHERE), Access("user", "password")
    with pytest.raises(Unavailable):
        asyncio.run(set_up(site, user, user, user))


def test_passwords_derive_from_the_secret_and_are_not_shown() -> None:
    site = MinioSite(NOWHERE, NOWHERE, NOWHERE)
    users = [derive(site, Secrets(secret)) for derive in (signer, worker) for secret in (b"a" * 32, b"b" * 32)]
    assert len({user.password for user in users}) == 4
    assert signer(site, Secrets(b"a" * 32)) == users[0]
    assert users[0].password not in repr(users[0])


@pytest.mark.parametrize("address", ["127.0.0.1:9000", "ftp://host", "http://", "http://host/path", "http://host?a=b"])
def test_an_address_that_would_be_misread_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address must be like"):
        _ = MinioSite(address, NOWHERE, NOWHERE).address
