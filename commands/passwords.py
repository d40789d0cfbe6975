"""Passwords that people give, at log-in or again later: compared with the Vault's, wrong ones counted per username.

The gate is the username's, in any case of its letters and whether anybody has it or not; success never resets it. So
nobody guesses faster by another way in, by logging in to an account of their own, or by having stolen an access token.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from commands.limits import STATED, Limits
from commands.ports import Gates, Passwords, Quota, Vault
from schemas.errors import RateLimited
from schemas.ids import AccountId, CommandId, Millis
from schemas.refusals import WrongPassword
from schemas.text import nfc

NOBODY = AccountId("ac_")
"""Has no password and no key: looked up where there is no account, so that it takes the same."""


@dataclass(frozen=True)
class Compared:
    """What came of a password that was given for a username."""

    name_digest: str
    account: AccountId | None
    stored: str | None = field(repr=False)
    """What it was compared with; None where there is nothing."""
    right: bool


@dataclass(frozen=True)
class GuardedPasswords:
    """Compares passwords as often as the gates allow."""

    vault: Vault
    gates: Gates
    passwords: Passwords
    clock: Callable[[], Millis]
    limits: Limits = STATED

    async def allow(self, name_digest: str) -> None:
        """Raises RateLimited once there were too many wrong passwords for this username."""
        now = self.clock()
        _allow(await self.gates.peek(_gate(name_digest), self.limits.failed_log_ins, now), now)

    async def compare(self, name_digest: str, account: AccountId | None, password: str) -> Compared:
        """Does the same work for a username without an account."""
        stored = await self.vault.password(account or NOBODY)
        right = await self.passwords.verify(_hash_in(stored), nfc(password))
        return Compared(name_digest, account, stored, right and account is not None)

    async def count_failure(self, compared: Compared) -> None:
        """Counts a wrong password. Raises RateLimited instead of letting it be told that it was wrong."""
        now = self.clock()
        allowed, within_s = self.limits.failed_log_ins, self.limits.failed_log_ins_s
        _allow(await self.gates.take(_gate(compared.name_digest), allowed, within_s, now), now)

    async def require(self, compared: Compared, field: str) -> None:
        """Raises WrongPassword, naming the body's field, or RateLimited, unless the password was right."""
        if not compared.right:
            await self.count_failure(compared)
            raise WrongPassword(field)

    async def stands(self, compared: Compared) -> bool:
        """Whether the password that was given is still the account's."""
        return await self.vault.password(compared.account or NOBODY) == compared.stored

    async def replace(self, compared: Compared, password_hash: str, by: CommandId) -> None:
        """Changes the password that was given for another, once for this command. Raises as `require`.

        The command's id is stored with the hash, in one write: a retry across a crash, to which the password that it
        gives is wrong already, finds that it was heard.
        """
        account = compared.account or NOBODY
        standing = await self.vault.password(account)
        if standing is not None and standing.startswith(f"{by} "):
            return
        await self.require(compared, "current")
        if not await self.vault.replace_password(account, compared.stored or "", f"{by} {password_hash}"):
            raise WrongPassword("current")  # another change was faster


def _hash_in(stored: str | None) -> str | None:
    """A stored password is its hash, behind the id of the command that set it, where one did after sign-up."""
    return stored if stored is None else stored.rpartition(" ")[2]


def _gate(name_digest: str) -> str:
    return f"failed-log-in:{name_digest}"


def _allow(quota: Quota, now: Millis) -> None:
    if not quota.allowed:
        raise RateLimited("too many failed log-ins", limit=quota.limit, reset_at=quota.reset_at, now=now)
