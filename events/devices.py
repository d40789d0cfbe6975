"""Phones that are told of what concerns an account. Decided in commands/devices.py; on photolog.accounts, keyed by
device, whose id is an HMAC of platform and token: the log must not know tokens in clear."""

from typing import Literal

from events.envelope import Event, recorded
from events.personal import Personal
from schemas.devices import Platform
from schemas.ids import AccountId, SessionId

WhyRemoved = Literal["asked", "logged_out", "unregistered"]


@recorded("device.registered.v2", subject="account_id")
class DeviceRegistered(Event):
    """A device tells this account from now on, as long as the session goes on, and nobody else."""

    account_id: AccountId
    before_id: AccountId | None
    """Whom it told before, if that was another."""
    session_id: SessionId
    platform: Platform
    token: Personal[str]


@recorded("device.removed.v1", subject="account_id")
class DeviceRemoved(Event):
    """A device tells nobody any more: its owner has said so or has logged out, or the gateway does not know it."""

    account_id: AccountId
    why: WhyRemoved
