"""Reserve, renew, complete and delete posts. Every path also under /photos."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response

from commands.api.call import Call, Signed, respond
from commands.api.routes import TokenFirst
from commands.handling import Decision
from commands.once import Answer, Attempt
from commands.ports import Presigned
from commands.post_state import Description, Post
from commands.posts import CompleteUpload, DeletePost, EditPost, ReservePost, post_stream
from commands.rates import left
from events.personal import readable
from events.posts import Coordinates, shown_tags
from schemas.errors import Gone, NotYours, TooLarge, UnknownPost, UploadMissing
from schemas.ids import POST_PREFIX, AccountId, APostId, PostId
from schemas.posts import (
    Completed,
    Described,
    PostChanged,
    PostEdit,
    PostReservation,
    RenewedUpload,
    Upload,
    UploadCompletion,
)
from schemas.tags import each_once, hashtags
from schemas.times import rfc3339

router = APIRouter(tags=["posts"], route_class=TokenFirst)

READY_MS_BASE, READY_MS_PER_MB = 800, 300
"""What processing takes on one core of a small machine: the estimate that `complete` answers."""


@router.post("", status_code=201, response_model=Upload)
async def reserve(body: PostReservation, call: Signed) -> Response:
    """Reserves a post and answers with the URL that takes its bytes, once, within 15 minutes.

    A PUT that is answered with 412 was sent before, and is there.
    """

    if body.size_bytes > call.services.limits.photo_bytes:
        raise TooLarge(f"a photo has at most {call.services.limits.photo_bytes} bytes")

    async def work(attempt: Attempt) -> Answer:
        quota = await call.services.rates.take("uploads", call.actor)
        command = ReservePost(
            actor=call.actor,
            post_id=PostId(f"{POST_PREFIX}_{attempt.seed}"),
            filename=body.filename,
            content_type=body.content_type,
            size_bytes=body.size_bytes,
            checksum_sha256=body.checksum_sha256,
            draft=body.draft,
            description=Description(**changes(body)),
            mentions=await mentioned(body, call) or (),
        )
        decision = await call.handle(command, attempt)
        upload = presigned(call, decision.state)
        answer = Upload(post_id=command.post_id, **upload_fields(upload))
        return call.answer(201, answer, decision, **left(quota))

    return await call.once(work)


@router.get("/{post_id}/upload", response_model=RenewedUpload)
async def renew(post_id: APostId, call: Signed) -> Response:
    """A fresh upload URL for a post of one's own, and whether its bytes are there."""
    post = await own_post(call, post_id)
    received = await call.services.objects.head(post.upload_key) is not None
    body = RenewedUpload(received=received, **upload_fields(presigned(call, post)))
    kept_by_nobody = {"Cache_Control": "private, no-cache", "Vary": "Authorization"}
    return respond(call.answer(200, body, Decision(post, [], []), **kept_by_nobody))


@router.post("/{post_id}/complete", status_code=202, response_model=Completed)
async def complete(post_id: APostId, call: Signed, body: Annotated[UploadCompletion | None, Body()] = None) -> Response:
    """Says that the bytes are there; processing begins. Repeated, it answers how far the post is."""

    async def work(attempt: Attempt) -> Answer:
        await refuse_missing(call, post_id)
        command = CompleteUpload(
            call.actor, post_id, changes(body) if body else {}, await mentioned(body, call) if body else None
        )
        decision = await call.edit(command, attempt)
        post: Post = decision.state
        answer = Completed(
            post_id=post_id,
            status=post.status,
            estimated_ready_ms=estimate(post.size_bytes) if post.status == "processing" else 0,
            poll_url=f"/posts/{post_id}/status",
        )
        return call.answer(202, answer, decision, Retry_After="1")

    return await call.once(work)


@router.patch("/{post_id}", response_model=PostChanged)
async def edit(post_id: APostId, body: PostEdit, call: Signed) -> Response:
    """Says something else about a post; answers the fields that were given, as they are now."""

    async def work(attempt: Attempt) -> Answer:
        decision = await call.edit(EditPost(call.actor, post_id, changes(body), await mentioned(body, call)), attempt)
        now: Description = decision.state.description
        place = readable(now.location)
        shown = {
            "caption": readable(now.caption),
            "tags": shown_tags(now.tags, now.caption_tags),
            "alt_text": readable(now.alt_text),
            "location": place.model_dump() if place else None,
        }
        return call.answer(200, {name: shown[name] for name in sorted(body.model_fields_set & shown.keys())}, decision)

    return await call.once(work)


@router.delete("/{post_id}", status_code=204)
async def delete(post_id: APostId, call: Signed) -> Response:
    """Takes a post away; one that is not yet published is cancelled."""

    async def work(attempt: Attempt) -> Answer:
        decision = await call.handle(DeletePost(call.actor, post_id), attempt)
        return call.answer(204, None, decision)

    return await call.once(work)


async def own_post(call: Call, post_id: PostId) -> Post:
    """The caller's own post, not deleted. Raises UnknownPost, NotYours or Gone."""
    post: Post | None = await call.services.handler.state(post_stream(post_id))
    if post is None or (post.author_id != call.actor and post.published_at is None):
        raise UnknownPost
    if post.status == "deleted":
        raise Gone
    if post.author_id != call.actor:
        raise NotYours
    return post


async def refuse_missing(call: Call, post_id: PostId) -> None:
    """Raises UploadMissing for the caller's own pending post whose bytes are not there. The rest is to be decided."""
    post: Post | None = await call.services.handler.state(post_stream(post_id))
    if post is None or post.author_id != call.actor or post.status != "pending":
        return
    if await call.services.objects.head(post.upload_key) is None:
        raise UploadMissing


def changes(body: Described) -> dict[str, Any]:
    """The fields of a description that a body gives. Hashtags come and go with their caption."""
    given: dict[str, Any] = {}
    if "caption" in body.model_fields_set:
        given |= {"caption": body.caption or "", "caption_tags": hashtags(body.caption or "")}
    if "tags" in body.model_fields_set:
        given["tags"] = each_once(body.tags or ())
    if "alt_text" in body.model_fields_set:
        given["alt_text"] = body.alt_text or ""
    if "location" in body.model_fields_set:
        given["location"] = Coordinates(lat=body.location.lat, lon=body.location.lon) if body.location else None
    return given


async def mentioned(body: Described, call: Call) -> tuple[AccountId, ...] | None:
    """Whom the caption in a body calls; None where it gives none."""
    given = "caption" in body.model_fields_set
    return await call.services.mentions.of(body.caption or "") if given else None


def presigned(call: Call, post: Post) -> Presigned:
    """The URL that takes exactly the bytes that were announced."""
    return call.services.objects.presign_put(post.upload_key, post.content_type, post.size_bytes, post.checksum_sha256)


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
