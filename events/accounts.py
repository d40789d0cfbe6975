"""What happens to an account. Decided in commands/accounts.py; on photolog.accounts, keyed by account."""

from events.envelope import Event, recorded
from events.personal import Personal
from schemas.ids import AccountId, Millis


@recorded("username.claimed.v1", subject="account_id")
class UsernameClaimed(Event):
    """A folded username now belongs to an account, for ever. The stream's id is an HMAC of the name."""

    account_id: AccountId


@recorded("account.opened.v1", subject="account_id")
class AccountOpened(Event):
    """Someone signed up."""

    account_id: AccountId
    username: Personal[str]
    email: Personal[str]
    display_name: Personal[str]
    opened_at: Millis


@recorded("account.profile_changed.v1", subject="account_id")
class ProfileChanged(Event):
    """The profile as it reads from now on, whole."""

    account_id: AccountId
    username: Personal[str]
    email: Personal[str]
    display_name: Personal[str]
    bio: Personal[str]
    opened_at: Millis


@recorded("account.email_confirmed.v1", subject="account_id")
class EmailConfirmed(Event):
    """Whoever has the account reads mail at this address, which is the account's from now on. The profile, whole."""

    account_id: AccountId
    username: Personal[str]
    email: Personal[str]
    display_name: Personal[str]
    bio: Personal[str]
    opened_at: Millis
