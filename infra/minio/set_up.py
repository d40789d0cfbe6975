"""Makes the bucket, its users, policies and notifications, as the store's admin. Safe to repeat, and from several
processes at once: every step writes the state that is wanted, whatever was there."""

import asyncio
import json
from collections.abc import Sequence

from minio import Minio
from minio.credentials.providers import StaticProvider
from minio.error import S3Error
from minio.minioadmin import MinioAdmin
from minio.notificationconfig import NotificationConfig, PrefixFilterRule, QueueConfig

from infra.minio.connection import MinioConnection
from infra.minio.notifications import EVENTS, TARGETS
from infra.minio.policies import Policy, public_policy, signer_policy, worker_policy
from infra.minio.site import REGION, Access, MinioSite
from schemas.objects import UPLOADS

_THERE = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}


async def set_up(
    site: MinioSite, admin: Access, signer: Access, worker: Access, targets: Sequence[str] = TARGETS
) -> None:
    """Raises Unavailable; what else the store refuses (a wrong password, an unknown target) is the operator's to mend.

    Users come last: who can sign or work finds everything in place. There is no lifecycle rule: MinIO has none for
    unfinished multipart uploads (its environment has), and which originals go is the reconcilers' to decide.
    """
    connection = MinioConnection(site, admin)
    try:
        await connection.run(_set_up_bucket, connection.store, site.bucket, targets)
        if site.cold_bucket:
            await connection.run(_make, connection.store, site.cold_bucket)
        users = _admin(site, admin, connection)
        await connection.run(_set_up_user, users, signer, signer_policy(site.bucket))
        await connection.run(_set_up_user, users, worker, worker_policy(*site.buckets))
    finally:
        await asyncio.to_thread(connection.close)


def _admin(site: MinioSite, admin: Access, connection: MinioConnection) -> MinioAdmin:
    return MinioAdmin(
        endpoint=site.address.netloc,
        credentials=StaticProvider(admin.user, admin.password),
        region=REGION,
        secure=site.address.scheme == "https",
        http_client=connection.http,
    )


def _set_up_bucket(store: Minio, bucket: str, targets: Sequence[str]) -> None:
    _make(store, bucket)
    store.set_bucket_policy(bucket, json.dumps(public_policy(bucket)))
    store.set_bucket_notification(bucket, _notifications(targets))


def _make(store: Minio, bucket: str) -> None:
    try:
        store.make_bucket(bucket)
    except S3Error as error:
        if error.code not in _THERE:
            raise


def _notifications(targets: Sequence[str]) -> NotificationConfig:
    uploads = PrefixFilterRule(UPLOADS)
    return NotificationConfig(
        queue_config_list=[
            QueueConfig(
                queue=f"arn:minio:sqs::{target}:kafka",
                events=list(EVENTS),
                config_id=target,
                prefix_filter_rule=uploads,
            )
            for target in targets
        ]
    )


def _set_up_user(admin: MinioAdmin, user: Access, policy: Policy) -> None:
    """The policy first: a user is never there with more or less than it."""
    admin.policy_add(user.user, policy=dict(policy))
    admin.user_add(user.user, user.password)
    admin.policy_set(user.user, user=user.user)
