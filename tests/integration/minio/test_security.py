"""What nobody gets out of MinIO: neither with a presigned URL and headers of their own, nor with a name they know."""

import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from minio.error import S3Error

from infra.minio.objects import MinioObjects
from schemas.errors import NotFound
from tests.callers import PLAIN
from tests.contract.fixtures_objects import LATE_MS, wall_clock
from tests.minio_bucket import MinioBucket

KEY, OTHERS = "uploads/po_00000000001", "uploads/po_00000000002"
RENDITION = "m/po_00000000001/feed-0a1b2c.webp"
PHOTO = b"photo"
SSE_C = {
    "x-amz-server-side-encryption-customer-algorithm": "AES256",
    "x-amz-server-side-encryption-customer-key": "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
    "x-amz-server-side-encryption-customer-key-MD5": "mT2HRsMGJ5IX5C+0rreZ8Q==",
}
UNSIGNED = {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-decoded-content-length": "6"}
CHUNKED = b"6\r\nforged\r\n0\r\n\r\n\r\n"


@pytest.fixture
async def store(bucket: MinioBucket) -> AsyncIterator[MinioObjects]:
    """The bucket with another's upload and a rendition."""
    objects = MinioObjects(bucket.site, bucket.signer, bucket.worker, wall_clock)
    await objects.put(OTHERS, b"another's", "image/jpeg")
    await objects.put(RENDITION, b"public", "image/webp")
    yield objects
    objects.close()
    bucket.empty()


async def refused(
    store: MinioObjects,
    headers: Mapping[str, str],
    *,
    query: str = "",
    before: str = "",
    method: str = "PUT",
    body: bytes = PHOTO,
    key: str = KEY,
) -> str:
    """Uses a URL with something added or changed; the code of the refusal. Nothing is stored, and nothing changes."""
    presigned = store.presign_put(KEY, "image/jpeg", len(PHOTO), None)
    url = presigned.url.replace(KEY, key).replace("?", f"?{before}") + query
    was = await store.head(OTHERS)
    async with httpx.AsyncClient(trust_env=False, verify=PLAIN) as client:
        sent = {**presigned.headers, "Content-Length": str(len(body)), **headers}
        answer = await client.request(method, url, content=body, headers=sent)
    assert answer.status_code >= 400, answer.text
    assert await store.head(KEY) is None
    assert await store.head(OTHERS) == was
    return f"{answer.status_code} {answer.text.partition('<Code>')[2].partition('</Code>')[0]}".strip()


async def test_a_presigned_put_copies_nothing(store: MinioObjects, bucket: MinioBucket) -> None:
    for source in (f"/{bucket.site.bucket}/{OTHERS}", f"/{bucket.site.bucket}/{RENDITION}"):
        assert await refused(store, {"x-amz-copy-source": source}) == "403 AccessDenied"


async def test_what_was_signed_cannot_be_changed(store: MinioObjects) -> None:
    mismatch = "403 SignatureDoesNotMatch"
    assert await refused(store, {}, body=PHOTO + b"!") == mismatch
    assert await refused(store, {}, body=PHOTO[1:]) == mismatch
    assert await refused(store, {"Content-Type": "text/html"}) == mismatch
    assert await refused(store, {"x-amz-tagging": "state=done"}) == mismatch
    assert await refused(store, {"x-amz-tagging": "state=new&more=1"}) == mismatch
    assert await refused(store, {}, key=OTHERS) == mismatch
    assert await refused(store, {}, key=RENDITION) in {mismatch, "403 AccessDenied"}
    for method in ("GET", "HEAD", "DELETE"):
        assert (await refused(store, {}, method=method)).startswith("403")


@pytest.mark.parametrize("operation", ["acl", "tagging", "retention", "legal-hold", "versionId=null", "partNumber=1"])
async def test_a_url_is_good_for_no_other_operation(store: MinioObjects, operation: str) -> None:
    await refused(store, {}, query=f"&{operation}")
    assert await refused(store, {}, method="POST", query=f"&{operation}&uploads") == "403 SignatureDoesNotMatch"


async def test_an_expired_url_cannot_be_prolonged(bucket: MinioBucket, store: MinioObjects) -> None:
    earlier = MinioObjects(bucket.site, bucket.signer, bucket.worker, lambda: wall_clock() - LATE_MS)
    presigned = earlier.presign_put(KEY, "image/jpeg", len(PHOTO), None)
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    async with httpx.AsyncClient(trust_env=False, verify=PLAIN) as client:
        for url in (
            presigned.url,
            f"{presigned.url}&X-Amz-Expires=600000",
            presigned.url.replace("?", "?X-Amz-Expires=600000&"),
            presigned.url.replace("X-Amz-Expires=900", "X-Amz-Expires=600000"),
            presigned.url.replace("?", f"?X-Amz-Date={now}&"),
        ):
            answer = await client.put(url, content=PHOTO, headers=presigned.headers)
            assert answer.status_code == 403, url
    assert await store.head(KEY) is None
    earlier.close()


@pytest.mark.parametrize(
    "headers",
    [SSE_C, {"x-amz-storage-class": "REDUCED_REDUNDANCY"}, {"x-amz-meta-gone": "1"}, {"x-amz-meta-more": "x"},
     {"x-amz-object-lock-legal-hold": "ON"}, {"X-Amz-Meta-Snowball-Auto-Extract": "true"}],
)  # fmt: skip
async def test_headers_that_would_change_what_is_stored_are_refused(
    store: MinioObjects, headers: dict[str, str]
) -> None:
    await refused(store, headers)


async def test_a_content_encoding_is_not_unpacked(store: MinioObjects, tmp_path: Path) -> None:
    presigned = store.presign_put(KEY, "image/jpeg", len(PHOTO), None)
    async with httpx.AsyncClient(trust_env=False, verify=PLAIN) as client:
        sent = {**presigned.headers, "Content-Encoding": "gzip"}
        assert (await client.put(presigned.url, content=PHOTO, headers=sent)).status_code == 200
    target = tmp_path / "photo"
    assert (await store.download(KEY, target)).size_bytes == len(PHOTO)
    assert target.read_bytes() == PHOTO


@pytest.mark.parametrize("name", ["signer", "worker"])
@pytest.mark.parametrize("key", [KEY, OTHERS, RENDITION])
@pytest.mark.parametrize("more", [{}, {"X-Amz-Meta-Snowball-Auto-Extract": "true"}])
async def test_a_users_name_without_a_signature_opens_nothing(
    bucket: MinioBucket, store: MinioObjects, name: str, key: str, more: dict[str, str]
) -> None:
    """MinIO skips the signature of a body that claims unsigned trailers: the users' policies must refuse it."""
    before = [await store.head(each) for each in (KEY, OTHERS, RENDITION)]
    url = f"{bucket.site.endpoint}/{bucket.site.bucket}/{key}?{forged(getattr(bucket, name).user)}"
    async with httpx.AsyncClient(trust_env=False, verify=PLAIN) as client:
        for query in ("", "&x-amz-content-sha256=UNSIGNED-PAYLOAD", "&partNumber=1&uploadId=x"):
            answer = await client.put(url + query, content=CHUNKED, headers={**UNSIGNED, **more})
            assert (answer.status_code, "AccessDenied" in answer.text) == (403, True), answer.text
    assert [await store.head(each) for each in (KEY, OTHERS, RENDITION)] == before


def forged(user: str) -> str:
    """A query as a presigned URL has it, without a right signature."""
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    credential = quote(f"{user}/{now[:8]}/us-east-1/s3/aws4_request", safe="")
    return (
        f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={now}"
        "&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=00"
    )


async def test_an_upload_that_the_store_cannot_read_is_a_missing_one(store: MinioObjects, tmp_path: Path) -> None:
    """MinIO believes headers of replication from anybody, and then finds its own object tampered with."""
    presigned = store.presign_put(KEY, "image/jpeg", len(PHOTO), None)
    poison = {"X-Minio-Replication-Server-Side-Encryption-Seal-Algorithm": "x"}
    target = tmp_path / "photo"
    async with httpx.AsyncClient(trust_env=False, verify=PLAIN) as client:
        assert (await client.put(presigned.url, content=PHOTO, headers={**presigned.headers, **poison})).is_success
        assert await store.head(KEY) is None
        with pytest.raises(NotFound):
            await store.download(KEY, target)
        assert [found.key for found in await store.list("m/")] == [RENDITION]
        await client.put(presigned.url, content=PHOTO, headers=presigned.headers)
        assert await store.head(KEY) is None, "whoever spoils an upload has to reserve another"
    await store.delete(KEY)
    assert [found.key for found in await store.list("uploads/")] == [OTHERS]


async def test_the_signing_user_reads_nothing(store: MinioObjects, bucket: MinioBucket) -> None:
    signing, name = bucket.as_user(bucket.signer), bucket.site.bucket
    for key in (OTHERS, RENDITION):
        for forbidden in (
            partial(signing.get_object, name, key),
            partial(signing.stat_object, name, key),
            partial(signing.remove_object, name, key),
            partial(signing.get_object_tags, name, key),
        ):
            with pytest.raises(S3Error, match="AccessDenied"):
                forbidden()
    for prefix in ("", "uploads/", "m/"):
        with pytest.raises(S3Error, match="AccessDenied"):
            list(signing.list_objects(name, prefix=prefix, recursive=True))


async def test_strangers_read_renditions_and_nothing_else(store: MinioObjects, bucket: MinioBucket) -> None:
    bare = f"{bucket.site.endpoint}/{bucket.site.bucket}"
    async with httpx.AsyncClient(trust_env=False, verify=PLAIN) as client:
        assert (await client.get(f"{bare}/{RENDITION}")).content == b"public"
        for path in (
            "", "/", "/?list-type=2&prefix=m/", "/?prefix=uploads/", "/?uploads", "/?policy", f"/{OTHERS}", f"/{KEY}",
            f"/m/../{OTHERS}", f"/m/..%2f{OTHERS}", f"/{RENDITION}?acl",
        ):  # fmt: skip
            answer = await client.get(bare + path)
            assert answer.status_code in {400, 403}, path
            assert b"another" not in answer.content
        assert (await client.head(f"{bare}/{OTHERS}")).status_code == 403
        assert (await client.put(f"{bare}/{RENDITION}", content=PHOTO)).status_code == 403
        assert (await client.delete(f"{bare}/{RENDITION}")).status_code == 403
