"""Bells: be told of a followee's new posts, or no longer."""

from fastapi import APIRouter, Response

from commands.answers import Answer
from commands.api.call import Signed
from commands.api.routes import TokenFirst
from commands.follows import AddBell, RemoveBell
from commands.once import Attempt
from schemas.follows import Bell
from schemas.ids import AnAccountId

router = APIRouter(tags=["notifications"], route_class=TokenFirst)


@router.post("/bells/{user_id}", response_model=Bell)
async def add(user_id: AnAccountId, call: Signed) -> Response:
    """Be told of what an account that one follows posts from now on; said again, it changes nothing."""

    async def work(attempt: Attempt) -> Answer:
        services = call.services
        bells = await services.followees.bells(call.actor)
        command = AddBell(call.actor, user_id, bells, services.limits.account_bells)
        return call.answer(200, Bell(user_id=user_id, bell=True), await call.edit(command, attempt))

    return await call.once(work)


@router.delete("/bells/{user_id}", response_model=Bell)
async def remove(user_id: AnAccountId, call: Signed) -> Response:
    """Be told no longer; said again, it changes nothing. Who unfollows an account has no bell on it any more."""

    async def work(attempt: Attempt) -> Answer:
        decision = await call.edit(RemoveBell(call.actor, user_id), attempt)
        return call.answer(200, Bell(user_id=user_id, bell=False), decision)

    return await call.once(work)
