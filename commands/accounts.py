"""The account aggregate, and the streams that give each username to one account for ever."""

import hashlib
import hmac
from dataclasses import dataclass, replace

from commands import avatars
from commands.account_state import Account as Account
from commands.account_state import evolve as evolve
from commands.aggregate import SYSTEM, Aggregate, Command
from commands.avatars import AvatarCommand, ShowAvatar, said_by
from events.accounts import (
    AccountOpened,
    AccountReinstated,
    AccountSuspended,
    EmailConfirmed,
    ProfileChanged,
    UsernameClaimed,
)
from events.envelope import Event
from schemas.ids import AccountId, Millis
from schemas.refusals import ConfirmationUsed, Suspended, UnknownAccount, UsernameTaken
from schemas.text import fold_username


@dataclass(frozen=True)
class OpenAccount(Command):
    """Sign up. Carried by the claim of the username."""

    username: str
    email: str
    display_name: str
    at: Millis

    @property
    def stream(self) -> str:
        return account_stream(self.actor)


@dataclass(frozen=True)
class ChangeProfile(Command):
    """Change the own profile; None leaves a field as it is, empty clears it (a display name to the username)."""

    display_name: str | None
    bio: str | None

    @property
    def stream(self) -> str:
        return account_stream(self.actor)


@dataclass(frozen=True)
class ConfirmEmail(Command):
    """The account's owner reads mail at this address. `turn` is how many confirmations there were when it was asked."""

    email: str
    turn: int

    @property
    def stream(self) -> str:
        return account_stream(self.actor)


@dataclass(frozen=True)
class SuspendAccount(Command):
    """Let it neither write nor be seen: a moderator's word, see commands/cases.py."""

    account_id: AccountId

    @property
    def stream(self) -> str:
        return account_stream(self.account_id)


@dataclass(frozen=True)
class ReinstateAccount(SuspendAccount):
    """Let it write and be seen again: a moderator's word."""


def account_stream(account: AccountId) -> str:
    """The stream of an account."""
    return f"account/{account}"


def decide(account: Account | None, command: Command) -> list[Event]:
    match account, command:
        case None, OpenAccount():
            return [
                AccountOpened(
                    account_id=command.actor,
                    username=command.username,
                    email=command.email,
                    display_name=command.display_name or command.username,
                    opened_at=command.at,
                )
            ]
        case Account(), OpenAccount():
            return []
        case Account(), ReinstateAccount():
            return [AccountReinstated(**said_by(account))] if account.suspended else []
        case Account(), SuspendAccount():
            return [] if account.suspended else [AccountSuspended(**said_by(account))]
        case Account(suspended=True), ShowAvatar():
            return []  # nothing of it is shown
        case Account(suspended=True), _ if not command.actor.startswith(SYSTEM):
            raise Suspended
        case Account(), ChangeProfile():
            return _profile_changed(account, command)
        case Account(), ConfirmEmail():
            return _email_confirmed(account, command)
        case Account(), AvatarCommand():
            return avatars.decide(account, command)
        case _:
            raise UnknownAccount


def _profile_changed(account: Account, command: ChangeProfile) -> list[Event]:
    changed = account
    if command.display_name is not None:
        changed = replace(changed, display_name=command.display_name or account.username)
    if command.bio is not None:
        changed = replace(changed, bio=command.bio)
    if changed == account:
        return []
    return [ProfileChanged(**said_by(changed))]


def _email_confirmed(account: Account, command: ConfirmEmail) -> list[Event]:
    if account.email == command.email and account.confirmations:
        return []
    if account.confirmations != command.turn:
        raise ConfirmationUsed
    return [EmailConfirmed(**said_by(replace(account, email=command.email)))]


ACCOUNT = Aggregate("account", evolve, decide, state=Account, remembered=True, release=3)


@dataclass(frozen=True)
class ClaimUsername(Command):
    """Take a username, and open the account with it. `name_digest` is an HMAC of the folded name: the log must not
    know names in clear.

    The username's row carries the opened account, so that whoever comes across it can finish a sign-up. The account's
    key must be there before.
    """

    name_digest: str
    opens: OpenAccount

    @property
    def stream(self) -> str:
        return username_stream(self.name_digest)

    @property
    def carries(self) -> Command:
        return self.opens


def username_stream(name_digest: str) -> str:
    """The stream of a username."""
    return f"username/{name_digest}"


def name_digest(secret: bytes, username: str) -> str:
    """The id of a username's stream: an HMAC of the folded name."""
    return hmac.new(secret, fold_username(username).encode(), hashlib.sha256).hexdigest()


def claim(owner: AccountId | None, command: Command) -> list[Event]:
    if owner is None:
        return [UsernameClaimed(account_id=command.actor)]
    if owner != command.actor:
        raise UsernameTaken
    return []


def owner_after(_owner: AccountId | None, event: Event) -> AccountId:
    match event:
        case UsernameClaimed():
            return event.account_id
        case _:
            raise TypeError(f"{type(event).__name__} does not happen to a username")


USERNAME = Aggregate("username", owner_after, claim, state=AccountId)
