"""Block and unblock."""

from dataclasses import replace

from fastapi import APIRouter, Response

from commands.answers import Answer
from commands.api.call import Call, Signed
from commands.api.routes import TokenFirst
from commands.blocks import BlockAccount, UnblockAccount, apart, block_stream
from commands.follows import partings
from commands.handling import Decision
from commands.once import Attempt
from schemas.blocks import Blocking
from schemas.ids import AccountId, AnAccountId

router = APIRouter(tags=["blocks"], route_class=TokenFirst)


@router.post("/blocks/{user_id}", response_model=Blocking)
async def block(user_id: AnAccountId, call: Signed) -> Response:
    """Neither sees, follows, likes or comments on the other from now on; said again, it changes nothing."""

    async def work(attempt: Attempt) -> Answer:
        decision = await call.edit(BlockAccount(call.actor, user_id), attempt)
        ended = await _parted(user_id, call, attempt)
        places = [*decision.positions, *(place for one in ended for place in one.positions)]
        return call.answer(200, Blocking(user_id=user_id, blocked=True), replace(decision, positions=places))

    return await call.once(work)


@router.delete("/blocks/{user_id}", response_model=Blocking)
async def unblock(user_id: AnAccountId, call: Signed) -> Response:
    """Takes a block back; follows that it ended stay ended."""

    async def work(attempt: Attempt) -> Answer:
        stands = await call.services.handler.state(block_stream(call.actor, user_id))
        if apart([stands]):  # its own request may have died half-way: what it should have ended ends before it goes
            await _parted(user_id, call, attempt)
        decision = await call.edit(UnblockAccount(call.actor, user_id), attempt)
        return call.answer(200, Blocking(user_id=user_id, blocked=False), decision)

    return await call.once(work)


async def _parted(other: AccountId, call: Call, attempt: Attempt) -> list[Decision]:
    return [await call.handle(command, attempt) for command in partings(call.actor, other)]
