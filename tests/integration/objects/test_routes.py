"""The embedded object store's routes: what S3 says by codes, what caches are told, and bodies that end badly."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest

from commands.ports import Presigned
from infra.directory.objects import DirectoryObjects
from tests.integration.objects.directory_store import KEY, NOON, ORIGIN, PHOTO, RENDITION, DirectoryStore


async def asgi(store: DirectoryStore, presigned: Presigned, messages: Sequence[dict[str, Any]]) -> tuple[int, bytes]:
    """Sends the signed headers and then exactly these messages, which no well-behaved HTTP parser would let through."""
    url = urlsplit(presigned.url)
    scope = {
        "type": "http",
        "method": "PUT",
        "path": url.path,
        "query_string": url.query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in presigned.headers.items()],
    }
    arriving = iter(messages)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return next(arriving)

    async def send(message: Any) -> None:
        sent.append(message)

    await store.app(scope, receive, send)
    return sent[0]["status"], sent[1]["body"]


def body(content: bytes, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": content, "more_body": more}


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([body(PHOTO[:400], True), body(PHOTO[:599], False)], b"IncompleteBody"),
        ([body(PHOTO[:400], True), body(PHOTO[:601], True)], b"EntityTooLarge"),
        ([body(PHOTO, True), body(b"x", False)], b"EntityTooLarge"),
        ([body(PHOTO[:400], True), {"type": "http.disconnect"}], b"IncompleteBody"),
        ([{"type": "http.disconnect"}], b"IncompleteBody"),
    ],
)
async def test_a_body_that_is_not_what_its_header_says_leaves_nothing(
    store: DirectoryStore, messages: list[dict[str, Any]], code: bytes
) -> None:
    status, answer = await asgi(store, store.presign(), messages)
    assert (status, code in answer) == (400, True), answer
    assert store.files() == []


async def test_a_body_may_arrive_in_any_pieces(store: DirectoryStore) -> None:
    pieces = [body(PHOTO[:1], True), body(b"", True), body(PHOTO[1:], True), body(b"", False)]
    assert await asgi(store, store.presign(), pieces) == (200, b"")


async def test_refusals_carry_the_codes_of_s3(store: DirectoryStore) -> None:
    url = store.presign().url
    query = url.partition("?")[2]
    wrong = f"{url[:-1]}{'1' if url[-1] == '0' else '0'}"
    digest = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    checked = store.presign(checksum=digest)
    refusals = [
        (await store.put(url, **{"Content-Type": "image/png"}), 403, "SignatureDoesNotMatch"),
        (await store.client.put(url, content=PHOTO), 403, "SignatureDoesNotMatch"),
        (await store.put(wrong), 403, "SignatureDoesNotMatch"),
        (await store.put(f"{url.partition('signature=')[0]}signature=%C3%A9%FF"), 403, "SignatureDoesNotMatch"),
        (await store.put(url.replace("expires=1", "expires=2")), 403, "SignatureDoesNotMatch"),
        (await store.put(url, **{"x-amz-checksum-sha256": digest}), 403, "SignatureDoesNotMatch"),
        (await store.put(url.partition("?")[0]), 403, "AccessDenied"),
        (await store.put(url.partition("&")[0]), 403, "AccessDenied"),
        (await store.put(f"{url}&{query}"), 403, "AccessDenied"),
        (await store.put(url.replace("expires=", "expires=x")), 403, "AccessDenied"),
        (await store.put(f"/objects/a//b?{query}"), 400, "InvalidURI"),
        (await store.put(f"/objects/%2e%2e/%2e%2e/etc/passwd?{query}"), 400, "InvalidURI"),
        (await store.put(checked.url, **checked.headers), 400, "BadDigest"),
        (await store.put(url, **{"Transfer-Encoding": "chunked", "Content-Length": "1000"}), 411, "MissingContent"),
        (await store.client.put(url, content=chunked(), headers={"Content-Type": "image/jpeg"}), 411, "MissingContent"),
    ]
    for number, (answer, status, code) in enumerate(refusals):
        assert (answer.status_code, f"<Code>{code}" in answer.text) == (status, True), (number, answer.text)
        assert answer.headers["Content-Type"] == "application/xml"
    assert store.files() == []


async def test_a_url_takes_no_other_method(store: DirectoryStore) -> None:
    for method in ("GET", "HEAD", "POST", "DELETE", "PATCH"):
        assert (await store.client.request(method, store.presign().url)).status_code == 405


async def chunked() -> AsyncIterator[bytes]:
    yield PHOTO


async def test_a_url_expires_on_the_second(store: DirectoryStore) -> None:
    presigned = store.presign()
    assert presigned.expires_at == NOON + 15 * 60 * 1000
    store.now = presigned.expires_at
    answer = await store.put(presigned.url)
    assert (answer.status_code, "Request has expired" in answer.text) == (403, True)
    assert store.files() == []
    store.now -= 1
    assert (await store.put(presigned.url)).status_code == 200


async def test_another_secret_signs_nothing(store: DirectoryStore) -> None:
    stranger = DirectoryObjects(store.folder, ORIGIN, b"another secret", lambda: NOON)
    assert (await store.put(stranger.presign_put(KEY, "image/jpeg", 1000, None).url)).status_code == 403


async def test_a_rendition_may_be_kept_for_ever_and_its_absence_never(store: DirectoryStore) -> None:
    url = store.objects.public_url(RENDITION)
    assert url == f"{ORIGIN}/{RENDITION}"
    assert (await store.client.get(url)).headers["Cache-Control"] == "no-store"
    await store.objects.put(RENDITION, PHOTO, "image/webp")
    answer = await store.client.get(url)
    assert answer.headers["Cache-Control"] == "public, max-age=2592000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["ETag"] == f'"{hashlib.sha256(PHOTO).hexdigest()}"'
    assert answer.headers["Content-Length"] == "1000"
    await store.objects.tombstone(RENDITION)
    answer = await store.client.get(url)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (410, "no-store")


async def test_a_rendition_is_not_sent_to_those_who_have_it(store: DirectoryStore) -> None:
    await store.objects.put(RENDITION, PHOTO, "image/webp")
    etag = (await store.client.get(RENDITION)).headers["ETag"]
    for known in (etag, f'"other", W/{etag}', "*"):
        answer = await store.client.get(RENDITION, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", etag)
    assert (await store.client.get(RENDITION, headers={"If-None-Match": '"other"'})).status_code == 200


async def test_one_name_is_sent_in_the_best_format_that_there_is_and_that_the_client_names(
    store: DirectoryStore,
) -> None:
    stem = RENDITION.removesuffix(".webp")
    for extension in ("jpg", "webp"):
        await store.objects.put(f"{stem}.{extension}", extension.encode(), f"image/{extension}")
    for accept, sent in (
        ("image/avif,image/webp,*/*", "webp"), ("image/webp;q=0.5", "webp"), ("image/webp; q=0, */*", "jpg"),
        ("image/webp;q=0.0", "jpg"), ("image/*", "jpg"), ("", "jpg"), ("image/webpx", "jpg"),
    ):  # fmt: skip
        answer = await store.client.get(f"{stem}.auto", headers={"Accept": accept})
        assert (answer.status_code, answer.text, answer.headers["Vary"]) == (200, sent, "Accept"), accept
        known = {"Accept": accept, "If-None-Match": answer.headers["ETag"]}
        assert (await store.client.get(f"{stem}.auto", headers=known)).status_code == 304
        assert (await store.client.head(f"{stem}.auto", headers={"Accept": accept})).status_code == 200
    await store.objects.tombstone(f"{stem}.webp")
    assert (await store.client.get(f"{stem}.auto", headers={"Accept": "image/webp"})).status_code == 410
    assert (await store.client.get(f"{stem}x.auto", headers={"Accept": "image/webp"})).status_code == 404


async def test_a_rendition_is_read_in_parts_and_described_without_bytes(store: DirectoryStore) -> None:
    await store.objects.put(RENDITION, b"0123456789", "image/webp")
    part = await store.client.get(RENDITION, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content, part.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    head = await store.client.head(RENDITION)
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", "10")
    assert head.headers["Content-Type"] == "image/webp"


async def test_a_rendition_deleted_while_it_is_sent_is_sent_whole(store: DirectoryStore) -> None:
    await store.objects.put(RENDITION, PHOTO, "image/webp")
    sent: list[Any] = []

    async def send(message: Any) -> None:
        if not sent:
            await store.objects.tombstone(RENDITION)
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return await asyncio.Future()

    await store.app({"type": "http", "method": "GET", "path": f"/{RENDITION}", "headers": []}, receive, send)
    assert sent[0]["status"] == 200
    assert b"".join(message["body"] for message in sent[1:]) == PHOTO
    assert (await store.client.get(RENDITION)).status_code == 410


async def test_only_renditions_are_ever_served(store: DirectoryStore) -> None:
    for key in (KEY, "m/secret", "m/po_1/notes.txt", "m/po_1/deep/feed-a.webp", "m/.po/feed-a.webp"):
        await store.objects.put(key, b"private", "text/plain")
    for path in (
        KEY, "m/secret", "m/po_1/notes.txt", "m/po_1/deep/feed-a.webp", "m/.po/feed-a.webp", f"m/%2e%2e/{KEY}",
        f"m/..%2f{KEY}", f"objects/{KEY}", "m/", "m/po_1/feed-a.webp%00", "m/po_1/feed-a.webp%0a",
    ):  # fmt: skip
        answer = await store.client.get(f"{ORIGIN}/{path}")
        assert answer.status_code in {404, 405}, path
        assert b"private" not in answer.content
