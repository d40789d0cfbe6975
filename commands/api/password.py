"""POST /me/password: another password, and the end of every session but the caller's."""

from fastapi import APIRouter, Response

from commands.answers import Answer
from commands.api.call import Signed
from commands.api.routes import TokenFirst
from commands.api.sessions import UNRECORDED, CurrentSession
from commands.once import Attempt
from schemas.accounts import PasswordChange

router = APIRouter(tags=["sessions"], route_class=TokenFirst)


@router.post("/me/password", status_code=204)
async def change_password(body: PasswordChange, call: Signed, current: CurrentSession) -> Response:
    """Changes the password; a wrong current one counts as a failed log-in.

    Other sessions cannot be refreshed any more; their access tokens are good for up to 15 minutes.
    """
    sessions = call.services.sessions
    given = await sessions.prove(call.actor, body.current)
    password_hash = await call.services.passwords.hash(body.new)

    async def work(attempt: Attempt) -> Answer:
        await sessions.change_password(given, password_hash, attempt.command_id, keep=current)
        return call.answer(204, None, UNRECORDED)

    return await call.once(work)
