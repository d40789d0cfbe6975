"""Reserve, complete and remove avatars."""

from collections.abc import Callable

from fastapi import APIRouter, Response

from commands.account_state import Account
from commands.accounts import account_stream
from commands.answers import Answer
from commands.api.call import Call, Signed
from commands.api.routes import TokenFirst
from commands.api.uploads import estimate, upload_fields
from commands.avatars import CompleteAvatar, RemoveAvatar, ReserveAvatar
from commands.once import Attempt
from commands.rates import left
from schemas.accounts import AvatarCompleted, AvatarReservation, AvatarUpload
from schemas.errors import TooLarge
from schemas.ids import AVATAR_PREFIX, AnAvatarId, AvatarId
from schemas.objects import avatar_key
from schemas.refusals import UploadMissing

router = APIRouter(prefix="/me/avatar", tags=["accounts"], route_class=TokenFirst)


@router.post("", status_code=201, response_model=AvatarUpload)
async def reserve(body: AvatarReservation, call: Signed) -> Response:
    """Reserves an avatar and answers with the URL that takes its bytes, once, within 15 minutes.

    One that was reserved before, and is not shown yet, is given up for it.
    """
    if body.size_bytes > call.services.limits.photo_bytes:
        raise TooLarge(f"an avatar has at most {call.services.limits.photo_bytes} bytes")

    async def work(attempt: Attempt) -> Answer:
        quota = await call.services.rates.take("uploads", call.actor)
        avatar = AvatarId(f"{AVATAR_PREFIX}_{attempt.seed}")
        said = (body.content_type, body.size_bytes, body.checksum_sha256)
        decision = await call.handle(ReserveAvatar(call.actor, call.actor, avatar, *said), attempt)
        upload = call.services.objects.presign_put(avatar_key(call.actor, avatar), *said)
        return call.answer(201, AvatarUpload(avatar_id=avatar, **upload_fields(upload)), decision, **left(quota))

    return await call.once(work)


@router.post("/{avatar_id}/complete", status_code=202, response_model=AvatarCompleted)
async def complete(avatar_id: AnAvatarId, call: Signed) -> Response:
    """Says that the bytes are there; processing begins. Repeated, it answers how far the avatar is."""

    async def work(attempt: Attempt) -> Answer:
        await _refuse_missing(call, avatar_id)
        decision = await call.handle(CompleteAvatar(call.actor, call.actor, avatar_id), attempt)
        account: Account = decision.state
        upload = account.upload
        waits = upload is not None and upload.avatar_id == avatar_id
        answer = AvatarCompleted(
            avatar_id=avatar_id,
            status=upload.status if upload and waits else "published",
            estimated_ready_ms=estimate(upload.size_bytes) if upload and waits else 0,
            poll_url=f"/me/avatar/{avatar_id}/status",
        )
        return call.answer(202, answer, decision, Retry_After="1")

    return await call.once(work)


@router.delete("", status_code=204)
async def remove(call: Signed) -> Response:
    """Shows no avatar any more; one that is under way is cancelled."""

    async def work(attempt: Attempt) -> Answer:
        return call.answer(204, None, await call.handle(RemoveAvatar(call.actor, call.actor), attempt))

    return await call.once(work)


async def _refuse_missing(call: Call, avatar: AvatarId) -> None:
    """Raises UploadMissing for a pending avatar whose bytes are not there. The rest is to be decided."""
    account: Account | None = await call.services.handler.state(account_stream(call.actor))
    upload = account.upload if account else None
    if upload is None or upload.avatar_id != avatar or upload.status != "pending":
        return
    if await call.services.objects.head(upload.upload_key) is None:
        raise UploadMissing


def avatar_url(account: Account, public_url: Callable[[str], str]) -> str | None:
    """The avatar beside a name, as it is shown in lists."""
    files = account.avatar.files if account.avatar else ()
    return next((public_url(file.path) for file in files if file.name == "small"), None)
