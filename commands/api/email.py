"""POST /me/email and /me/email/confirm: another address, which counts once its owner has shown to read mail there."""

import orjson
from fastapi import APIRouter, Response
from starlette.background import BackgroundTask

from commands.answers import Answer
from commands.api.call import Call, Signed
from commands.api.routes import TokenFirst
from commands.api.sessions import UNRECORDED
from commands.once import Attempt
from schemas.accounts import EmailChange, EmailConfirmation
from schemas.ids import AccountId

router = APIRouter(prefix="/me/email", tags=["accounts"], route_class=TokenFirst)
CREATED, ACCEPTED = 201, 202


@router.post("", status_code=ACCEPTED)
async def change_email(body: EmailChange, call: Signed) -> Response:
    """Mails a token to the new address, or again to the current one; until it is confirmed nothing changes.

    A wrong password counts as a failed log-in. Under an Idempotency-Key a retry may send a second mail.
    """
    given = await call.services.sessions.prove(call.actor, body.password)

    async def work(_attempt: Attempt) -> Answer:
        await call.services.sessions.passwords.require(given, "password")
        return call.answer(ACCEPTED, None, UNRECORDED)

    answer = await call.once(work)
    if answer.status_code == ACCEPTED:  # outside of the work: no transaction waits for a mail server
        await call.services.confirmations.ask(call.actor, body.email)
    return answer


@router.post("/confirm", status_code=204)
async def confirm_email(body: EmailConfirmation, call: Signed) -> Response:
    """Makes the address of a token the account's own. Repeated, it changes nothing."""

    async def work(attempt: Attempt) -> Answer:
        command = await call.services.confirmations.read(call.actor, body.token)
        return call.answer(204, None, await call.handle(command, attempt))

    return await call.once(work)


def asking_to_confirm(answer: Response, call: Call, email: str) -> Response:
    """The answer to a sign-up; when it has gone out, a token is mailed to the new account's address."""
    if answer.status_code == CREATED:
        account = AccountId(orjson.loads(bytes(answer.body))["account_id"])
        answer.background = BackgroundTask(call.services.confirmations.ask_after_sign_up, account, email)
    return answer
