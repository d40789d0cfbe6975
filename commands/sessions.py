"""Log-in, refresh and revocation: OAuth 2.0 (RFC 6749, 7009) over sessions in the Vault, with rotating refresh tokens.

A refresh token is `<session>.<secret>.<MAC>`; the Vault keeps only hashes. Using one issues its successor. A used token
may come again for a while, as long as no successor was used: the answer may have been lost. Otherwise its family ends.
What we never issued fails the MAC, and ends nothing: who can guess a session's id must not be able to end it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from commands.accounts import username_stream
from commands.handling import Handler
from commands.ids import Snowflakes
from commands.ports import AccessTokens, Gates, Passwords, Quota, Session, Vault
from schemas.errors import PhotologError, RateLimited
from schemas.ids import SESSION, AccountId, Millis, SessionId
from schemas.text import fold_username, nfc

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
        _allow(await self.gates.peek(gate, FAILED_LOGINS, now), now)
        owner: AccountId | None = await self.handler.state(username_stream(digest))
        password_hash = await self.vault.password(owner) if owner else None
        if not await self.passwords.verify(password_hash, nfc(password)) or owner is None:
            _allow(await self.gates.take(gate, FAILED_LOGINS, FAILED_LOGINS_WINDOW_S, now), now)
            raise InvalidGrant
        # Guesses side by side all pass the first look: none of them may learn more than those that fail.
        _allow(await self.gates.peek(gate, FAILED_LOGINS, now), now)
        return await self._open(owner)

    async def refresh(self, token: str) -> Tokens:
        """The next pair of tokens. Raises InvalidGrant, and ends the family of a token that was used before."""
        found = await self._find(token)
        if found is None or found.ended:
            raise InvalidGrant
        now = self.clock()
        successor = self._refresh_token(found.id)
        turned = rotate(found, _hash(token), _hash(successor), now)
        if not await self.vault.put_session(turned):
            return await self.refresh(token)  # another refresh was faster: look again
        if turned.ended:
            raise InvalidGrant
        return self._tokens(turned, successor, now)

    async def revoke(self, token: str) -> None:
        """Ends the token's family; an unknown token is no error (RFC 7009, 2.2)."""
        session = await self._find(token)
        if session is None or session.ended:
            return
        if not await self.vault.put_session(replace(session, ended=True, revision=session.revision + 1)):
            await self.revoke(token)

    async def _open(self, account: AccountId) -> Tokens:
        now = self.clock()
        session_id = SessionId(f"{SESSION}_{await self.ids.digits()}")
        first = self._refresh_token(session_id)
        session = Session(
            id=session_id,
            account_id=account,
            opened_at=now,
            expires_at=now + REFRESH_LIFETIME_MS,
            current=(_hash(first),),
            used="",
            used_at=now,
        )
        await self.vault.put_session(session)
        return self._tokens(session, first, now)

    async def _find(self, token: str) -> Session | None:
        """The session of a token that we issued; None for anything else."""
        said, _, mac = token.rpartition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(said).encode()):
            return None
        return await self.vault.session(SessionId(said.partition(".")[0]))

    def _refresh_token(self, session: SessionId) -> str:
        said = f"{session}.{secrets.token_urlsafe(32)}"
        return f"{said}.{self._mac(said)}"

    def _mac(self, said: str) -> str:
        key = hmac.digest(self.name_secret, b"refresh tokens", hashlib.sha256)
        return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()[:32]

    def _tokens(self, session: Session, refresh_token: str, now: Millis) -> Tokens:
        access = self.access_tokens.issue(session.account_id, session.id, now)
        return Tokens(access, refresh_token, self.access_tokens.lifetime_s)


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


def _allow(quota: Quota, now: Millis) -> None:
    if not quota.allowed:
        raise RateLimited("too many failed log-ins", limit=quota.limit, reset_at=quota.reset_at, now=now)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
