"""How a post's bytes come to the object store, as answers say it: as a whole under one URL, or in parts under many."""

from collections.abc import Mapping, Sequence

from commands.api.call import Call
from commands.parts import sizes_of
from commands.ports import Part, Presigned
from commands.post_commands import post_stream
from commands.post_state import Post
from events.posts import InParts
from schemas.errors import FieldError, Gone, NotFound, Unavailable, ValidationFailed
from schemas.ids import PostId
from schemas.objects import upload_key
from schemas.posts import (
    PartUpload,
    ReceivedPart,
    RenewedParts,
    RenewedUpload,
    SentPart,
    Upload,
    UploadInParts,
)
from schemas.refusals import PartsMissing, UploadMissing
from schemas.times import rfc3339

READY_MS_BASE, READY_MS_PER_MB = 800, 300
"""What processing takes on one core of a small machine: the estimate that `complete` answers."""


async def begun(call: Call, post_id: PostId, content_type: str, size_bytes: int) -> InParts | None:
    """The upload of a file that is to come in parts; None for one that comes as a whole."""
    part_bytes = call.services.limits.upload_part_bytes
    if size_bytes <= part_bytes:
        return None
    upload_id = await call.services.objects.parts.begin(upload_key(post_id), content_type)
    return InParts(upload_id=upload_id, part_bytes=part_bytes)


async def reserved(call: Call, post_id: PostId, post: Post, began: InParts | None) -> Upload | UploadInParts:
    """Where the bytes of a new post go. If it was reserved by an earlier attempt, what this one began is given up."""
    if post.in_parts is None:
        return Upload(post_id=post_id, **upload_fields(_as_a_whole(call, post)))
    if began != post.in_parts:
        await call.services.objects.parts.abandon(post.upload_key, but=post.in_parts.upload_id)
    parts, expires_at = _urls(call, post)
    return UploadInParts(post_id=post_id, upload_parts=parts, expires_at=expires_at)


async def renewed(call: Call, post: Post) -> RenewedUpload | RenewedParts:
    """Fresh URLs for what is not there. Raises Gone for parts that were given up."""
    there = await call.services.objects.head(post.upload_key) is not None
    if post.in_parts is None:
        return RenewedUpload(received=there, **upload_fields(_as_a_whole(call, post)))
    parts, expires_at = _urls(call, post)
    if there or post.status != "pending":
        return RenewedParts(received_parts=[], upload_parts=[], expires_at=expires_at, received=True)
    try:
        received = {part.number: part for part in await _received(call, post)}
    except NotFound as error:
        raise Gone("this upload took too long and was given up: reserve another post") from error
    return RenewedParts(
        received_parts=[
            ReceivedPart(part_number=part.number, size_bytes=part.size_bytes, etag=part.etag)
            for part in received.values()
        ],
        upload_parts=[part for part in parts if part.part_number not in received],
        expires_at=expires_at,
        received=False,
    )


async def ready(call: Call, post_id: PostId, said: Sequence[SentPart]) -> None:
    """Has the bytes of the caller's own pending post where they belong. Whatever else is to be refused is decided on.

    Raises UploadMissing, PartsMissing, or ValidationFailed for a part that the upload does not have.
    """
    post: Post | None = await call.services.handler.state(post_stream(post_id))
    if post is None or post.author_id != call.actor or post.status != "pending":
        return
    _check(said, sizes_of(post.size_bytes, post.in_parts.part_bytes) if post.in_parts else {})
    if await call.services.objects.head(post.upload_key) is not None:
        return
    if post.in_parts is None:
        raise UploadMissing
    await _joined(call, post, post.in_parts, {part.part_number: part.etag.strip('"') for part in said})


async def _joined(call: Call, post: Post, in_parts: InParts, said: Mapping[int, str]) -> None:
    """Makes one object of the parts."""
    objects, key = call.services.objects, post.upload_key
    try:
        there = {part.number: part for part in await _received(call, post)}
        missing = [
            number
            for number, size in sizes_of(post.size_bytes, in_parts.part_bytes).items()
            if not _is_there(there.get(number), size, said.get(number))
        ]
        if missing:
            raise PartsMissing(missing)
        if not await objects.parts.join(key, in_parts.upload_id, list(there.values())):
            raise Unavailable("a part was sent again just now")
    except NotFound:
        if await objects.head(key) is None:  # else another request has joined them
            raise UploadMissing from None


def _is_there(part: Part | None, size_bytes: int, etag: str | None) -> bool:
    return part is not None and part.size_bytes == size_bytes and etag in {None, part.etag}


def _check(said: Sequence[SentPart], sizes: Mapping[int, int]) -> None:
    strange = [index for index, part in enumerate(said) if part.part_number not in sizes]
    if strange:
        raise ValidationFailed(
            [FieldError(f"parts.{index}.part_number", "is no part of this upload") for index in strange]
        )


async def _received(call: Call, post: Post) -> Sequence[Part]:
    assert post.in_parts is not None
    return await call.services.objects.parts.received(post.upload_key, post.in_parts.upload_id)


def _as_a_whole(call: Call, post: Post) -> Presigned:
    """The URL that takes exactly the bytes that were announced."""
    return call.services.objects.presign_put(post.upload_key, post.content_type, post.size_bytes, post.checksum_sha256)


def _urls(call: Call, post: Post) -> tuple[list[PartUpload], str]:
    """Of every part, and until when they are good."""
    assert post.in_parts is not None
    parts, upload_id = call.services.objects.parts, post.in_parts.upload_id
    sizes = sizes_of(post.size_bytes, post.in_parts.part_bytes)
    signed = {number: parts.presign(post.upload_key, upload_id, number, size) for number, size in sizes.items()}
    urls = [
        PartUpload(part_number=number, url=one.url, headers=dict(one.headers), size_bytes=sizes[number])
        for number, one in signed.items()
    ]
    return urls, rfc3339(min(one.expires_at for one in signed.values()))


def upload_fields(upload: Presigned) -> dict[str, object]:
    """How a presigned URL reads in an answer."""
    return {
        "upload_url": upload.url,
        "upload_headers": dict(upload.headers),
        "expires_at": rfc3339(upload.expires_at),
    }


def estimate(size_bytes: int) -> int:
    """How long processing will take, in ms."""
    return READY_MS_BASE + READY_MS_PER_MB * size_bytes // 1_000_000
