"""Recovery: whoever reads an account's mail gives it another password, by a token that is mailed there.

A token is `<expiry>.<account>.<MAC>`, kept nowhere. The MAC, under a key of the site's secret for this purpose alone,
binds it to the stored password: so it is good once, and for nothing after any other change of it. The address need not
have been confirmed: whoever signed up with it said that it is theirs, and has no other way back in.
"""

import hmac
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from commands.accounts import Account, account_stream
from commands.limits import HOUR_S, STATED, Limits
from commands.ports import Addresses, Gates, Mail, Message, Passwords
from commands.sessions import Sessions
from events.personal import readable
from schemas.errors import FieldError, PhotologError, ValidationFailed
from schemas.ids import AccountId, CommandId, Millis, is_account_id
from schemas.positions import Position
from schemas.text import fold_email, nfc

logger = logging.getLogger("photolog.mail")
SUBJECT = "Another password"
TEXT = """Somebody, we hope you, has forgotten the password of the account {username} on Photolog.

To choose another, give this code to the app within {hours} h:

{token}

If it was not you, do nothing: nothing will happen.
"""


class BadRecovery(ValidationFailed):
    """A token that is not good; the same whatever is wrong with it."""

    def __init__(self) -> None:
        super().__init__([FieldError("token", "is not a token, has expired, or was used")])


@dataclass(frozen=True)
class Recoveries:
    """Sends tokens and takes them."""

    sessions: Sessions
    addresses: Addresses
    gates: Gates
    passwords: Passwords
    mail: Mail
    keys: Sequence[bytes] = field(repr=False)
    """The first signs; what another has signed is good until it expires."""
    clock: Callable[[], Millis]
    limits: Limits = STATED

    async def ask(self, email: str, seen: Sequence[Position]) -> None:
        """Mails a token for each account that has this address, as far as the caller has seen.

        Called after the answer, which is the same for any address; what goes wrong is logged.
        """
        try:
            for account in await self.addresses.accounts(fold_email(email), seen):
                await self._mail(account, email)
        except PhotologError as error:
            logger.warning("no way back is mailed: %s", error.code)

    async def confirm(self, token: str, password: str, command: CommandId) -> AccountId:
        """Another password, and the end of every session. Whose it is. Raises BadRecovery. Safe to repeat for the same
        command, whose id is stored with the hash, as `GuardedPasswords.replace` does."""
        expires_at, account, mac = _parts(token)
        vault = self.sessions.vault
        stored = await vault.password(account)
        if stored is None or not stored.startswith(f"{command} "):
            genuine = any(hmac.compare_digest(mac, _mac(key, account, expires_at, stored)) for key in self.keys)
            if not genuine or self.clock() >= int(expires_at) or await self._username(account) is None:
                raise BadRecovery
            after = f"{command} {await self.passwords.hash(nfc(password))}"
            if stored is None:
                await vault.first_password(account, after)
            else:
                await vault.replace_password(account, stored, after)
            if await vault.password(account) != after:
                raise BadRecovery  # another change was faster
        await self.sessions.end_others(account, None)
        return account

    async def _mail(self, account: AccountId, email: str) -> None:
        """The ledger says whose address it is: read models may be behind, and never forget a former one."""
        now, limits = self.clock(), self.limits
        state: Account | None = await self.sessions.handler.state(account_stream(account))
        username, address = (readable(state.username), readable(state.email)) if state else (None, None)
        if username is None or address is None or fold_email(address) != fold_email(email):
            return
        gate = f"recovery-mails:{account}"
        if not (await self.gates.take(gate, limits.recovery_mails, limits.recovery_mails_s, now)).allowed:
            return
        expires_at = str(now + limits.recovery_s * 1000)
        stored = await self.sessions.vault.password(account)
        token = f"{expires_at}.{account}.{_mac(self.keys[0], account, expires_at, stored)}"
        hours = max(1, limits.recovery_s // HOUR_S)
        await self.mail.send(Message(address, SUBJECT, TEXT.format(username=username, token=token, hours=hours)))

    async def _username(self, account: AccountId) -> str | None:
        state: Account | None = await self.sessions.handler.state(account_stream(account))
        return readable(state.username) if state else None


def _parts(token: str) -> tuple[str, AccountId, str]:
    parts = token.split(".")
    well_formed = token.isascii() and len(parts) == 3 and parts[0].isdecimal() and is_account_id(parts[1])
    if not well_formed:
        raise BadRecovery
    return parts[0], AccountId(parts[1]), parts[2]


def _mac(key: bytes, account: AccountId, expires_at: str, stored: str | None) -> str:
    return hmac.digest(key, f"{account}\n{expires_at}\n{stored or ''}".encode(), "sha256").hex()
