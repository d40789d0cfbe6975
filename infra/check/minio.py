"""Checks the object store: that the bucket and its users are there, and that nobody reads what is not public."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from minio import Minio
from minio.error import S3Error

from infra.check.findings import Finding, judged
from infra.minio.connection import MinioConnection
from infra.minio.site import Access, MinioSite, signer, worker
from infra.process.settings import Settings, SettingsInvalid
from infra.secrets.site import site_secrets
from infra.wiring import places
from schemas.objects import UPLOADS

ABOUT = "minio"
NOTHING = f"{UPLOADS}nothing-is-ever-here"
"""Who may read uploads learns that there is nothing; everybody else, that they may not ask."""
NO_USER, NO_BUCKET, FINE = "InvalidAccessKeyId", "NoSuchBucket", ""


@dataclass(frozen=True)
class Store:
    """What the store says. The first two are S3's error codes; empty: none."""

    worker_lists: str
    signer_puts_as: str
    signer_reads: bool
    anonymous_lists: bool
    anonymous_reads: bool


async def look(settings: Settings) -> Store:
    """Asks as each user, and as nobody; stores nothing. Raises Unavailable, and SettingsInvalid without a secret."""
    if settings.secret is None:
        raise SettingsInvalid("its users cannot be told without PHOTOLOG_SECRET, from which their passwords derive")
    site, secrets = places.minio(settings), site_secrets(settings)
    signs = signer(site, secrets)
    listed, read = await _as_user(site, worker(site, secrets)), await _as_user(site, signs)
    nobody = await _as_nobody(site)
    return Store(
        worker_lists=listed[0],
        signer_puts_as=NO_USER if NO_USER in read else FINE,
        signer_reads=read[0] == FINE or read[1] == "NoSuchKey",
        anonymous_lists=nobody[0] == HTTPStatus.OK,
        anonymous_reads=nobody[1] == HTTPStatus.NOT_FOUND,
    )


def judge(settings: Settings, store: Store) -> list[Finding]:
    """Pure."""
    bucket = places.bucket(settings)
    reads = "the user that signs uploads may read: whoever has a signed URL may copy others' files"
    anonymous = f"nobody in particular may list {bucket}"
    found = [
        *(_encrypted(name, url) for name, url in _endpoints(settings).items()),
        judged(ABOUT, store.worker_lists == FINE, f"there is the bucket {bucket}", _refused(store, bucket), "missing"),
    ]
    if store.worker_lists != FINE:
        return found  # of what is not there, nobody can say that it is well guarded
    no_signer = "the user that signs uploads is missing"
    return [
        *found,
        judged(ABOUT, store.signer_puts_as == FINE, "there is a user that signs uploads", no_signer, "missing"),
        judged(ABOUT, not store.signer_reads, "the user that signs uploads cannot read", reads),
        judged(ABOUT, not store.anonymous_lists, "only its users list it", anonymous),
        judged(ABOUT, not store.anonymous_reads, "only its users read uploads", "everybody may read uploads"),
    ]


async def check(settings: Settings) -> list[Finding]:
    """The findings about the object store. Raises Unavailable."""
    return judge(settings, await look(settings))


def _endpoints(settings: Settings) -> dict[str, str]:
    public = {"PHOTOLOG_S3_PUBLIC_ENDPOINT": settings.s3_public_endpoint} if settings.s3_public_endpoint else {}
    return {"PHOTOLOG_S3_ENDPOINT": settings.s3_endpoint, **public}


def _encrypted(name: str, url: str) -> Finding:
    return judged(ABOUT, url.startswith("https:"), f"{name} has TLS", f"{name} is without TLS: uploads can be read")


def _refused(store: Store, bucket: str) -> str:
    if store.worker_lists == NO_BUCKET:
        return f"there is no bucket {bucket}"
    return f"{bucket} cannot be listed by our own user: {store.worker_lists}"


async def _as_user(site: MinioSite, access: Access) -> tuple[str, str]:
    """S3's answers to listing the bucket, and to reading an upload that is not there."""
    connection = MinioConnection(site, access)
    try:
        return await connection.run(_codes, connection.store, site.bucket)
    finally:
        await asyncio.to_thread(connection.close)


def _codes(store: Minio, bucket: str) -> tuple[str, str]:
    def lists() -> None:
        next(iter(store.list_objects(bucket)), None)

    def reads() -> None:
        store.get_object(bucket, NOTHING).close()

    return _code(lists), _code(reads)


def _code(ask: Callable[[], None]) -> str:
    try:
        ask()
    except S3Error as error:
        if error.response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        return error.code or "an error without a code"
    return FINE


async def _as_nobody(site: MinioSite) -> tuple[int, int]:
    """The same, as HTTP statuses, without any credentials."""
    connection = MinioConnection(site, Access("", ""))
    root = f"{site.endpoint.rstrip('/')}/{site.bucket}"
    try:
        listed = await connection.run(connection.http.request, "GET", f"{root}?list-type=2")
        read = await connection.run(connection.http.request, "GET", f"{root}/{NOTHING}")
    finally:
        await asyncio.to_thread(connection.close)
    return listed.status, read.status
