"""What becomes of a session when one of its refresh tokens is shown. Pure; used by commands/sessions.py.

Each unused token goes on by itself. A used one may come again for a while and gets another pair each time, up to some
number. One that comes later was stolen, from its holder or by whoever shows it: its session ends.
"""

from dataclasses import replace

from commands.limits import Limits
from commands.ports import Pair, Session, Use
from schemas.errors import PhotologError, RateLimited
from schemas.ids import Millis


class InvalidGrant(PhotologError):
    """RFC 6749, 5.2: wrong name or password, or a refresh token that is unknown, used, expired or revoked."""

    code, status, title = "invalid_grant", 400, "The credentials are not valid"


def rotate(session: Session, token: str, successor: str, now: Millis, limits: Limits) -> Session:
    """The session after this token was shown, given both by their hashes: continued with the successor, or ended.

    Raises InvalidGrant or RateLimited where it stays as it is.
    """
    if session.ended or now >= session.expires_at:
        return ended(session, now, limits)
    pair = next((pair for pair in session.current if pair.token == token), None)
    uses = tuple(use for use in session.used if now - use.at <= limits.refresh_grace_s * 1000)
    if pair is not None:
        if now >= pair.issued_at + limits.refresh_token_s * 1000:
            raise InvalidGrant
        uses = (*uses, Use(token, now, 1))
    elif any(use.token == token for use in uses):
        uses = tuple(_again(use, limits) if use.token == token else use for use in uses)
    else:
        return ended(session, now, limits)
    if len(uses) > limits.session_refreshes:
        reset_at = uses[0].at + limits.refresh_grace_s * 1000
        raise RateLimited("too many refreshes", limit=limits.session_refreshes, reset_at=reset_at, now=now)
    going_on = [other for other in session.current if other != pair]
    return replace(
        session,
        expires_at=now + limits.refresh_token_s * 1000,
        current=(*going_on, Pair(successor, now))[-limits.session_pairs :],
        used=uses,
        used_at=now,
        revision=session.revision + 1,
    )


def ended(session: Session, now: Millis, limits: Limits) -> Session:
    """The session, over for good, and forgotten after a while."""
    forgotten_at = min(session.expires_at, now + limits.ended_session_s * 1000)
    return replace(session, ended=True, expires_at=forgotten_at, revision=session.revision + 1)


def _again(use: Use, limits: Limits) -> Use:
    if use.pairs >= limits.refresh_pairs:
        raise InvalidGrant
    return replace(use, pairs=use.pairs + 1)
