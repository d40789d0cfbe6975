"""Whose an e-mail address may be. Fed by events/accounts.py; read by the write side when a password is to be recovered.

A former address stays: what changes it does not name it. The ledger says whose it is.
"""

from events.accounts import AccountOpened, EmailConfirmed
from events.envelope import Recorded
from events.personal import readable
from projections.effects import Effects, Projection, Put
from schemas.positions import ACCOUNTS
from schemas.tables import Table
from schemas.text import fold_email

ADDRESSES = Table("addresses", partition="folded_email", order="account_id", subject="account_id")

PROJECTION = Projection("addresses", topics=[ACCOUNTS], tables=[ADDRESSES])


@PROJECTION.projects(AccountOpened, EmailConfirmed)
def said(recorded: Recorded[AccountOpened | EmailConfirmed]) -> Effects:
    email = readable(recorded.event.email)
    if email is not None:
        yield Put(ADDRESSES, folded_email=fold_email(email), account_id=recorded.event.account_id)
