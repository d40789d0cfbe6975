"""Follow and unfollow."""

from fastapi import APIRouter, Response

from commands.answers import Answer
from commands.api.call import Call, Signed
from commands.api.routes import TokenFirst
from commands.follows import FollowAccount, FollowCommand, UnfollowAccount
from commands.once import Attempt
from commands.ports import Quota
from commands.rates import left
from schemas.follows import Following, NewFollow
from schemas.ids import AccountId, AnAccountId, is_account_id
from schemas.refusals import UnknownAccount

router = APIRouter(tags=["follows"], route_class=TokenFirst)


@router.post("/follow/{user_id}", response_model=Following)
async def follow(user_id: AnAccountId, call: Signed) -> Response:
    """See an account's posts from now on; said again, it changes nothing."""
    return await _follow(user_id, call)


@router.post("/follows", response_model=Following)
async def follow_by_body(body: NewFollow, call: Signed) -> Response:
    """The same, with the account in the body."""
    if not is_account_id(body.user_id):
        raise UnknownAccount
    return await _follow(AccountId(body.user_id), call)


@router.delete("/follow/{user_id}", response_model=Following)
async def unfollow(user_id: AnAccountId, call: Signed) -> Response:
    """See them no longer; said again, it changes nothing."""

    async def work(attempt: Attempt) -> Answer:
        return await _said(UnfollowAccount(call.actor, user_id), False, call, attempt)

    return await call.once(work)


async def _follow(user_id: AccountId, call: Call) -> Response:
    async def work(attempt: Attempt) -> Answer:
        quota = await call.services.rates.take("follows", call.actor)
        followees = await call.services.followees.count(call.actor)
        command = FollowAccount(call.actor, user_id, followees, call.services.limits.account_followees)
        return await _said(command, True, call, attempt, quota)

    return await call.once(work)


async def _said(
    command: FollowCommand, following: bool, call: Call, attempt: Attempt, quota: Quota | None = None
) -> Answer:
    decision = await call.edit(command, attempt)
    body = Following(user_id=command.followee_id, following=following)
    return call.answer(200, body, decision, **left(quota))
