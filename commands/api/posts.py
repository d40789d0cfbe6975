"""Reserve, renew, complete and delete posts. Every path also under /photos."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response

from commands.answers import Answer
from commands.api.call import Call, Signed, respond
from commands.api.routes import TokenFirst
from commands.api.uploads import begun, estimate, ready, renewed, reserved
from commands.handling import Decision
from commands.once import Attempt
from commands.post_commands import CompleteUpload, DeletePost, EditPost, ReservePost, post_stream
from commands.post_state import Description, Post, not_for_strangers
from commands.rates import left
from events.personal import readable
from events.posts import Coordinates, shown_tags
from schemas.errors import Gone, TooLarge
from schemas.ids import POST_PREFIX, AccountId, APostId, PostId
from schemas.posts import (
    Completed,
    Described,
    PostChanged,
    PostEdit,
    PostReservation,
    RenewedParts,
    RenewedUpload,
    Upload,
    UploadCompletion,
    UploadInParts,
)
from schemas.refusals import UnknownPost
from schemas.tags import each_once, hashtags

router = APIRouter(tags=["posts"], route_class=TokenFirst)


@router.post("", status_code=201, response_model=Upload | UploadInParts)
async def reserve(body: PostReservation, call: Signed) -> Response:
    """Reserves a post and answers with the URL that takes its bytes, once, within 15 minutes.

    A PUT that is answered with 412 was sent before, and is there. A larger file comes in parts: each has a URL of its
    own, takes as many bytes as it says, and may be sent again.
    """

    if body.size_bytes > call.services.limits.photo_bytes:
        raise TooLarge(f"a photo has at most {call.services.limits.photo_bytes} bytes")

    async def work(attempt: Attempt) -> Answer:
        quota = await call.services.rates.take("uploads", call.actor)
        post_id = PostId(f"{POST_PREFIX}_{attempt.seed}")
        command = ReservePost(
            actor=call.actor,
            post_id=post_id,
            filename=body.filename,
            content_type=body.content_type,
            size_bytes=body.size_bytes,
            checksum_sha256=body.checksum_sha256,
            draft=body.draft,
            description=Description(**changes(body)),
            mentions=await mentioned(body, call) or (),
            in_parts=await begun(call, post_id, body.content_type, body.size_bytes),
        )
        decision = await call.handle(command, attempt)
        answer = await reserved(call, post_id, decision.state, command.in_parts)
        return call.answer(201, answer, decision, **left(quota))

    return await call.once(work)


@router.get("/{post_id}/upload", response_model=RenewedUpload | RenewedParts)
async def renew(post_id: APostId, call: Signed) -> Response:
    """A fresh upload URL for a post of one's own, and whether its bytes are there; of parts, for those that are not."""
    post = await own_post(call, post_id)
    body = await renewed(call, post)
    kept_by_nobody = {"Cache_Control": "private, no-cache", "Vary": "Authorization"}
    return respond(call.answer(200, body, Decision(post, [], []), **kept_by_nobody))


@router.post("/{post_id}/complete", status_code=202, response_model=Completed)
async def complete(post_id: APostId, call: Signed, body: Annotated[UploadCompletion | None, Body()] = None) -> Response:
    """Says that the bytes are there; processing begins. Repeated, it answers how far the post is."""

    async def work(attempt: Attempt) -> Answer:
        await ready(call, post_id, (body.parts if body else None) or [])
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
    if post is None:
        raise UnknownPost
    if post.author_id != call.actor:
        raise not_for_strangers(post)
    if post.status == "deleted":
        raise Gone
    return post


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
