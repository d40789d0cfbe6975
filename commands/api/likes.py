"""Like and unlike."""

from fastapi import APIRouter, Response

from commands.answers import Answer
from commands.api.call import Call, Signed
from commands.api.routes import TokenFirst
from commands.likes import LikePost, UnlikePost
from commands.once import Attempt
from schemas.ids import APostId
from schemas.posts import Liked

router = APIRouter(tags=["likes"], route_class=TokenFirst)


@router.post("/likes/{post_id}", response_model=Liked)
async def like(post_id: APostId, call: Signed) -> Response:
    """Likes a published post; said again, it changes nothing."""
    return await _say(LikePost(call.actor, post_id), True, call)


@router.delete("/likes/{post_id}", response_model=Liked)
async def unlike(post_id: APostId, call: Signed) -> Response:
    """Takes a like back; said again, it changes nothing."""
    return await _say(UnlikePost(call.actor, post_id), False, call)


async def _say(command: LikePost | UnlikePost, liked: bool, call: Call) -> Response:
    async def work(attempt: Attempt) -> Answer:
        decision = await call.handle(command, attempt)
        return call.answer(200, Liked(post_id=command.post_id, liked=liked), decision)

    return await call.once(work, numbers=command.stream)
