"""Log-in, refresh and revocation: OAuth 2.0 (RFC 6749, 7009) over sessions in the Vault, with rotating refresh tokens.

A refresh token is `<session>.<secret>`; the Vault keeps only hashes. Using one issues its successor. A used token may
come again for a while, as long as no successor was used: the answer may have been lost. Otherwise its family ends.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from commands.accounts import username_stream
from commands.handling import Handler
from commands.ids import Snowflakes
from commands.ports import AccessTokens, Gates, Passwords, Session, Vault
from schemas.errors import PhotologError, RateLimited
from schemas.ids import SESSION, AccountId, Millis, SessionId
from schemas.text import fold_username

REFRESH_LIFETIME_MS = 60 * 24 * 3600 * 1000
GRACE_MS = 60_000
"""How long a used token may come again while its successors are unused."""
MAX_SUCCESSORS = 8
"""Successors that one token may get within the grace; one more ends the family."""
FAILED_LOGINS, FAILED_LOGINS_WINDOW_S = 10, 15 * 60
"""Failed log-ins of one username before it is locked, and for how long they count."""


class InvalidGrant(PhotologError):
    """RFC 6749, 5.2: wrong name or password, or a refresh token that is unknown, used, expired or revoked."""

    code, status, title = "invalid_grant", 400, "The credentials are not valid"


@dataclass(frozen=True)
class Tokens:
    """What a client gets to act with."""

    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True)
class Sessions:
    """Opens, continues and ends sessions."""

    handler: Handler
    vault: Vault
    gates: Gates
    passwords: Passwords
    access_tokens: AccessTokens
    ids: Snowflakes
    clock: Callable[[], Millis]
    name_secret: bytes

    def name_digest(self, username: str) -> str:
        """The id of a username's stream: an HMAC of the folded name."""
        return hmac.new(self.name_secret, fold_username(username).encode(), hashlib.sha256).hexdigest()

    async def log_in(self, username: str, password: str) -> Tokens:
        """A new session. Raises InvalidGrant, the same for unknown names, and RateLimited after too many failures."""
        digest, now = self.name_digest(username), self.clock()
        gate = f"failed-log-in:{digest}"
        quota = await self.gates.peek(gate, FAILED_LOGINS, now)
        if quota.remaining == 0:
            raise RateLimited("too many failed log-ins", retry_after=max(1, (quota.reset_at - now) // 1000))
        owner: AccountId | None = await self.handler.state(username_stream(digest))
        password_hash = await self.vault.password(owner) if owner else None
        if not await self.passwords.verify(password_hash, password) or owner is None:
            await self.gates.take(gate, FAILED_LOGINS, FAILED_LOGINS_WINDOW_S, now)
            raise InvalidGrant
        return await self._open(owner)

    async def refresh(self, token: str) -> Tokens:
        """The next pair of tokens. Raises InvalidGrant, and ends the family of a token that was used before."""
        found = await self._find(token)
        if found is None:
            raise InvalidGrant
        now = self.clock()
        successor = secrets.token_urlsafe(32)
        turned = rotate(found, _hash(token), _hash(f"{found.id}.{successor}"), now)
        if not await self.vault.put_session(turned):
            return await self.refresh(token)  # another refresh was faster: look again
        if turned.ended:
            raise InvalidGrant
        return self._tokens(turned, successor, now)

    async def revoke(self, token: str) -> None:
        """Ends the token's family; an unknown token is no error (RFC 7009, 2.2)."""
        session = await self._find(token)
        known = session is not None and _hash(token) in {*session.current, session.used}
        if session is None or not known or session.ended:
            return
        if not await self.vault.put_session(replace(session, ended=True, revision=session.revision + 1)):
            await self.revoke(token)

    async def _open(self, account: AccountId) -> Tokens:
        now = self.clock()
        session_id = SessionId(f"{SESSION}_{await self.ids.digits()}")
        secret = secrets.token_urlsafe(32)
        session = Session(
            id=session_id,
            account_id=account,
            opened_at=now,
            expires_at=now + REFRESH_LIFETIME_MS,
            current=(_hash(f"{session_id}.{secret}"),),
            used="",
            used_at=now,
        )
        await self.vault.put_session(session)
        return self._tokens(session, secret, now)

    async def _find(self, token: str) -> Session | None:
        return await self.vault.session(SessionId(token.partition(".")[0]))

    def _tokens(self, session: Session, secret: str, now: Millis) -> Tokens:
        access = self.access_tokens.issue(session.account_id, session.id, now)
        return Tokens(access, f"{session.id}.{secret}", self.access_tokens.lifetime_s)


def rotate(session: Session, token: str, successor: str, now: Millis) -> Session:
    """The session after this token (a hash) was shown: continued with the successor, or ended."""
    if session.ended or now >= session.expires_at:
        return replace(session, ended=True, revision=session.revision + 1)
    continued = replace(session, expires_at=now + REFRESH_LIFETIME_MS, revision=session.revision + 1)
    if token in session.current:
        return replace(continued, current=(successor,), used=token, used_at=now)
    lost = token == session.used and now - session.used_at <= GRACE_MS
    if lost and len(session.current) < MAX_SUCCESSORS:
        return replace(continued, current=(*session.current, successor))
    return replace(session, ended=True, revision=session.revision + 1)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
