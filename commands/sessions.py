"""Log-in, refresh and revocation: OAuth 2.0 (RFC 6749, 7009) over sessions in the Vault, with rotating refresh tokens.

What becomes of a session when a token of it is shown is in rotation.py. What we never issued ends nothing.

An access token is not looked up anywhere: one of a session that has ended is good until it expires.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from commands.accounts import Account, account_stream, name_digest, username_stream
from commands.handling import Handler
from commands.ids import Snowflakes
from commands.limits import STATED, Limits
from commands.passwords import NOBODY, Compared, GuardedPasswords
from commands.ports import AccessTokens, Pair, Session, Vault
from commands.refresh_tokens import RefreshTokens, digest
from commands.rotation import InvalidGrant, ended, rotate
from events.personal import readable
from schemas.errors import TokenInvalid
from schemas.ids import SESSION_PREFIX, AccountId, CommandId, Millis, SessionId
from schemas.refusals import UnknownSession


@dataclass(frozen=True)
class Tokens:
    """What a client gets to act with."""

    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True)
class Sessions:
    """Opens, continues, lists and ends sessions."""

    handler: Handler
    vault: Vault
    passwords: GuardedPasswords
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    ids: Snowflakes
    clock: Callable[[], Millis]
    name_secret: bytes = field(repr=False)
    limits: Limits = STATED

    def name_digest(self, username: str) -> str:
        """The id of a username's stream."""
        return name_digest(self.name_secret, username)

    async def log_in(self, username: str, password: str) -> Tokens:
        """A new session. Raises InvalidGrant, the same for unknown names, and RateLimited after too many failures."""
        named = self.name_digest(username)
        await self.passwords.allow(named)
        owner: AccountId | None = await self.handler.state(username_stream(named))
        if owner is None:
            await self.handler.ledger.mark(username_stream(named))  # a name that somebody has costs a look at its mark
        given = await self.passwords.compare(named, owner, password)
        if not given.right or owner is None:
            await self.passwords.count_failure(given)
            raise InvalidGrant
        # Guesses side by side all pass the first look: none of them may learn more than those that fail.
        await self.passwords.allow(named)
        return await self.begin(owner, given)

    async def prove(self, account: AccountId, password: str) -> Compared:
        """Compares a password that a signed-in caller gives again. Raises RateLimited, as if it were a log-in."""
        state: Account | None = await self.handler.state(account_stream(account))
        username = readable(state.username) if state else None
        if username is None:
            raise TokenInvalid("this account does not exist any more")
        named = self.name_digest(username)
        await self.passwords.allow(named)
        return await self.passwords.compare(named, account, password)

    async def change_password(
        self, given: Compared, password_hash: str, command: CommandId, keep: SessionId | None
    ) -> None:
        """Another password, and the end of every session but one. Raises WrongPassword or RateLimited.

        The password comes first: a log-in by the old one that is under way opens its session either before the list
        is read, and is ended here, or sees the new password, and ends itself. Safe to repeat for the same command.
        """
        await self.passwords.replace(given, password_hash, command)
        await self.end_others(given.account or NOBODY, keep)

    async def refresh(self, token: str) -> Tokens:
        """The next pair of tokens. Raises InvalidGrant or RateLimited, as `rotate` has it."""
        while (found := await self._find(token)) is not None and not found.ended:
            now, successor = self.clock(), self.refresh_tokens.make(found.id)
            turned = rotate(found, digest(token), digest(successor), now, self.limits)
            if not await self.vault.put_session(turned):
                continue  # another refresh was faster: look again
            if turned.ended:
                break
            return self._tokens(turned, successor, now)
        raise InvalidGrant

    async def revoke(self, token: str) -> None:
        """Ends the token's family, whichever kind it is; an unknown token is no error (RFC 7009, 2.2)."""
        session = await self._find(token) or await self._accessed_with(token)
        if session is not None:
            await self._end(session)

    async def of(self, account: AccountId) -> list[Session]:
        """The account's sessions that go on, the newest first."""
        now = self.clock()
        going_on = [session for session in await self.vault.sessions(account) if now < session.expires_at]
        return sorted(going_on, key=lambda session: session.id, reverse=True)

    async def end_others(self, account: AccountId, keep: SessionId | None) -> None:
        """Ends every session of the account but one, or all. Safe to repeat."""
        for session in await self.vault.sessions(account):
            if session.id != keep:
                await self._end(session)

    async def end(self, account: AccountId, session_id: SessionId) -> None:
        """Ends one of the account's own sessions; one that has ended is no news. Raises UnknownSession."""
        session = await self.vault.session(session_id)
        if session is None or session.account_id != account:
            raise UnknownSession
        await self._end(session)

    async def _end(self, session: Session) -> None:
        standing: Session | None = session
        while standing is not None and not standing.ended:
            if await self.vault.put_session(ended(standing, self.clock(), self.limits)):
                return
            standing = await self.vault.session(session.id)  # a refresh was faster: look again

    async def begin(self, account: AccountId, given: Compared) -> Tokens:
        """A new session of somebody who gave this password. Raises InvalidGrant if it was changed meanwhile."""
        now = self.clock()
        session_id = SessionId(f"{SESSION_PREFIX}_{await self.ids.digits()}")
        first = self.refresh_tokens.make(session_id)
        session = Session(
            id=session_id,
            account_id=account,
            opened_at=now,
            expires_at=now + self.limits.refresh_token_s * 1000,
            current=(Pair(digest(first), now),),
            used=(),
            used_at=now,
        )
        await self.vault.put_session(session)
        if not await self.passwords.stands(given):  # changed meanwhile: see change_password
            await self._end(session)
            raise InvalidGrant
        await self._make_room(account)
        return self._tokens(session, first, now)

    async def _make_room(self, account: AccountId) -> None:
        """Ends what was used longest ago of more sessions than an account may have."""
        going_on = sorted(await self.vault.sessions(account), key=lambda session: (session.used_at, session.id))
        for session in going_on[: -self.limits.account_sessions]:
            await self._end(session)

    async def _find(self, token: str) -> Session | None:
        """The session of a token that we issued; None for anything else."""
        named = self.refresh_tokens.session_of(token)
        session = await self.vault.session(named) if named else None
        return session if session and self.refresh_tokens.is_of(token, session) else None

    async def _accessed_with(self, token: str) -> Session | None:
        """The session of an access token that we issued, expired or not; None for anything else."""
        try:
            return await self.vault.session(self.access_tokens.issued_for(token).session_id)
        except TokenInvalid:
            return None

    def _tokens(self, session: Session, refresh_token: str, now: Millis) -> Tokens:
        access = self.access_tokens.issue(session.account_id, session.id, now)
        return Tokens(access, refresh_token, self.access_tokens.lifetime_s)
