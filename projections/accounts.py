"""Accounts as readers see them. Fed by events/accounts.py; read by profiles, cards and comments."""

from events.accounts import AccountOpened, EmailConfirmed, ProfileChanged
from events.envelope import Recorded
from events.personal import readable
from projections.effects import Effects, Projection, Put
from schemas.positions import ACCOUNTS as ACCOUNTS_TOPIC
from schemas.tables import TEXT, TIME, Table
from schemas.text import fold_username

ACCOUNTS = Table(
    "accounts",
    partition="account_id",
    columns={"username": TEXT, "email": TEXT, "display_name": TEXT, "bio": TEXT, "opened_at": TIME},
    subject="account_id",
    cached=3600,
)
USERNAMES = Table("usernames", partition="folded_name", columns={"account_id": TEXT}, subject="account_id")

CONFIRMED_EMAILS = Table("confirmed_emails", partition="account_id", columns={"email": TEXT}, subject="account_id")
"""The address that an account confirmed last, which is the one it has; no row: it never confirmed any."""

PROJECTION = Projection("accounts", topics=[ACCOUNTS_TOPIC], tables=[ACCOUNTS, USERNAMES, CONFIRMED_EMAILS])


@PROJECTION.projects(AccountOpened)
def opened(recorded: Recorded[AccountOpened]) -> Effects:
    event = recorded.event
    username = readable(event.username)
    yield _account(event, bio="")
    if username is not None:
        yield Put(USERNAMES, folded_name=fold_username(username), account_id=event.account_id)


@PROJECTION.projects(ProfileChanged)
def changed(recorded: Recorded[ProfileChanged]) -> Effects:
    yield _account(recorded.event, bio=readable(recorded.event.bio))


@PROJECTION.projects(EmailConfirmed)
def confirmed(recorded: Recorded[EmailConfirmed]) -> Effects:
    event = recorded.event
    yield _account(event, bio=readable(event.bio))
    yield Put(CONFIRMED_EMAILS, account_id=event.account_id, email=readable(event.email))


def _account(event: AccountOpened | ProfileChanged | EmailConfirmed, bio: str | None) -> Put:
    return Put(
        ACCOUNTS,
        account_id=event.account_id,
        username=readable(event.username),
        email=readable(event.email),
        display_name=readable(event.display_name),
        bio=bio,
        opened_at=event.opened_at,
    )
