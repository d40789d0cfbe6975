"""POST /accounts/recover and /accounts/recover/confirm: another password for who reads the account's mail."""

from dataclasses import replace

from fastapi import APIRouter, Response
from starlette.background import BackgroundTask

from commands.answers import Answer
from commands.api.call import Open
from commands.api.routes import TokenFirst
from commands.api.sessions import UNRECORDED
from commands.once import Attempt
from schemas.accounts import NewPassword, Recovery

router = APIRouter(prefix="/accounts/recover", tags=["accounts"], route_class=TokenFirst)
ACCEPTED = 202


@router.post("", status_code=ACCEPTED)
async def recover(body: Recovery, call: Open) -> Response:
    """Mails a token to this address, if it is some account's: the answer says nothing of that.

    Under an Idempotency-Key a retry may send a second mail.
    """
    keyed = replace(call, asked=replace(call.asked, actor=call.services.sessions.name_digest(body.email)))

    async def work(_attempt: Attempt) -> Answer:
        return Answer(ACCEPTED, None, call.answer(ACCEPTED, None, UNRECORDED).headers)

    answer = await keyed.once(work)
    if answer.status_code == ACCEPTED:
        answer.background = BackgroundTask(call.services.recoveries.ask, body.email, call.seen)
    return answer


@router.post("/confirm", status_code=204)
async def confirm(body: NewPassword, call: Open) -> Response:
    """Makes this the password of the token's account, and ends all of its sessions."""
    keyed = replace(call, asked=replace(call.asked, actor=call.services.sessions.name_digest(body.token)))

    async def work(attempt: Attempt) -> Answer:
        await call.services.recoveries.confirm(body.token, body.password, attempt.command_id)
        return Answer(204, None, call.answer(204, None, UNRECORDED).headers)

    return await keyed.once(work)
