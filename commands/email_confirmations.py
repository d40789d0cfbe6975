"""Confirming an address: a token that only who reads mail there can know, sent there, and brought back by its account.

A token is `<expiry>.<turn>.<sealed address>.<MAC>`, kept nowhere. The address is sealed with the account's key, so that
an erased account's tokens say nothing. The MAC, under a key of the site's secret for this purpose alone, binds all of
it to the account. `turn` counts the account's confirmations: a token is good for the next one, and for no other.
"""

import hashlib
import hmac
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from commands.accounts import Account, ConfirmEmail, account_stream
from commands.handling import Handler
from commands.limits import HOUR_S, STATED, Limits
from commands.ports import Gates, Mail, Message, Vault
from events.personal import Redacted, seal, unseal
from schemas.errors import FieldError, PhotologError, RateLimited, TokenInvalid, ValidationFailed
from schemas.ids import AccountId, Millis

logger = logging.getLogger("photolog.mail")
PARTS = 4
SUBJECT = "Confirm your address"
TEXT = """Somebody, we hope you, gave this address for an account on Photolog.

To confirm it, give this code to the app within {hours} h:

{token}

If it was not you, do nothing: nothing will happen, and the code is of no use without the account's password.
"""


class BadConfirmation(ValidationFailed):
    """A confirmation token that is not good, and why; the same whatever was changed in it."""

    def __init__(self, message: str = "is not a token for this account") -> None:
        super().__init__([FieldError("token", message)])


@dataclass(frozen=True)
class EmailConfirmations:
    """Sends tokens and reads them."""

    handler: Handler
    vault: Vault
    gates: Gates
    mail: Mail
    keys: Sequence[bytes] = field(repr=False)
    """The first signs; what another has signed is good until it expires."""
    clock: Callable[[], Millis]
    limits: Limits = STATED

    async def ask(self, account: AccountId, email: str) -> None:
        """Mails a token to the address. Raises RateLimited, Undeliverable, or Unavailable while mail cannot be sent."""
        now = self.clock()
        allowed, within_s = self.limits.confirmation_mails, self.limits.confirmation_mails_s
        quota = await self.gates.take(f"confirmation-mails:{account}", allowed, within_s, now)
        if not quota.allowed:
            raise RateLimited("too many confirmations", limit=quota.limit, reset_at=quota.reset_at, now=now)
        token = await self._token(account, email, now + self.limits.confirmation_s * 1000)
        hours = max(1, self.limits.confirmation_s // HOUR_S)
        await self.mail.send(Message(email, SUBJECT, TEXT.format(token=token, hours=hours)))

    async def ask_after_sign_up(self, account: AccountId, email: str) -> None:
        """As `ask`, once an account, after the answer has gone out: what goes wrong is logged, and the account can ask
        again. A process that dies first sends nothing."""
        try:
            if await self.gates.once(f"sign-up-mail:{account}", self.limits.confirmation_s, self.clock()):
                await self.ask(account, email)
        except PhotologError as error:
            logger.warning("no confirmation is sent to %s: %s", account, error.code)

    async def read(self, account: AccountId, token: str) -> ConfirmEmail:
        """What a token confirms. Raises BadConfirmation."""
        said, _, mac = token.rpartition(".")
        parts = said.split(".")
        genuine = any(hmac.compare_digest(mac.encode(), _mac(key, account, said).encode()) for key in self.keys)
        if not genuine or len(parts) != PARTS - 1:
            raise BadConfirmation
        expires_at, turn, sealed = parts
        if self.clock() >= int(expires_at):
            raise BadConfirmation("has expired")
        email = unseal(_standard(sealed), await self._key(account), f"{account}/{expires_at}/{turn}", "confirmation")
        if isinstance(email, Redacted):
            raise TokenInvalid("this account does not exist any more")
        return ConfirmEmail(account, email, int(turn))

    async def _token(self, account: AccountId, email: str, expires_at: Millis) -> str:
        state: Account | None = await self.handler.state(account_stream(account))
        key = await self._key(account)
        if state is None or key is None:
            raise TokenInvalid("this account does not exist any more")
        turn = state.confirmations
        sealed = seal(email, key, f"{account}/{expires_at}/{turn}", "confirmation")
        said = f"{expires_at}.{turn}.{_url_safe(sealed)}"
        return f"{said}.{_mac(self.keys[0], account, said)}"

    async def _key(self, account: AccountId) -> bytes | None:
        return (await self.vault.keys([account]))[account]


def _mac(key: bytes, account: AccountId, said: str) -> str:
    return hmac.new(key, f"{account}\n{said}".encode(), hashlib.sha256).hexdigest()


def _url_safe(base64: str) -> str:
    return base64.replace("+", "-").replace("/", "_").rstrip("=")


def _standard(url_safe: str) -> str:
    return url_safe.replace("-", "+").replace("_", "/") + "=" * (-len(url_safe) % 4)
