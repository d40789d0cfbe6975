"""GET /me/sessions and DELETE /me/sessions/{id}: where one is logged in, and an end to it. Read from the Vault."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse

from commands.answers import Answer
from commands.api.call import Signed, signed_in
from commands.api.routes import TokenFirst
from commands.handling import Decision
from commands.once import Attempt
from commands.ports import Holder, Session
from schemas.accounts import SessionList
from schemas.ids import ASessionId, SessionId
from schemas.times import rfc3339

router = APIRouter(prefix="/me/sessions", tags=["sessions"], route_class=TokenFirst)
UNRECORDED = Decision(state=None, events=[], positions=[])
"""What is not in the log has no position of its own: the answer has the caller's."""
PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}


async def current_session(holder: Annotated[Holder, Depends(signed_in)]) -> SessionId:
    """The session that the caller's access token was issued for."""
    return holder.session_id


CurrentSession = Annotated[SessionId, Depends(current_session)]


@router.get("", response_model=SessionList)
async def list_sessions(call: Signed, current: CurrentSession) -> Response:
    """The sessions that go on, the newest first. A command API answers: no read model knows of sessions."""
    sessions = await call.services.sessions.of(call.actor)
    return JSONResponse({"sessions": [_shown(session, current) for session in sessions]}, headers=PRIVATE)


@router.delete("/{session_id}", status_code=204)
async def end_session(session_id: ASessionId, call: Signed) -> Response:
    """Ends one of one's own sessions, the current one too; its access token is good for up to 15 minutes more."""

    async def work(_attempt: Attempt) -> Answer:
        await call.services.sessions.end(call.actor, session_id)
        return call.answer(204, None, UNRECORDED)

    return await call.once(work)


def _shown(session: Session, current: SessionId) -> dict[str, object]:
    return {
        "session_id": session.id,
        "opened_at": rfc3339(session.opened_at),
        "last_used_at": rfc3339(session.used_at),
        "expires_at": rfc3339(session.expires_at),
        "current": session.id == current,
    }
