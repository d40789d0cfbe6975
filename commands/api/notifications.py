"""POST /notifications/read: how far one has read."""

from fastapi import APIRouter, Response

from commands.answers import Answer
from commands.api.call import Signed
from commands.api.routes import TokenFirst
from commands.notifications import ReadNotifications
from commands.once import Attempt
from schemas.notifications import ReadUpTo

router = APIRouter(tags=["notifications"], route_class=TokenFirst)


@router.post("/notifications/read", status_code=204)
async def read(body: ReadUpTo, call: Signed) -> Response:
    """Has read this notification and all before it; what came later stays unread."""

    async def work(attempt: Attempt) -> Answer:
        return call.answer(204, None, await call.edit(ReadNotifications(call.actor, body.up_to), attempt))

    return await call.once(work)
