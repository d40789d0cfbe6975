"""The ports that the write side needs. Adapters live in infra; all of them pass the one contract suite of each port."""

from commands.ports.addresses import Addresses
from commands.ports.clock import Clock
from commands.ports.credentials import AccessTokens, Holder, Passwords
from commands.ports.followees import Followees
from commands.ports.gates import Gates, Quota
from commands.ports.ledger import (
    Announcement,
    Announcements,
    Instance,
    KeyRecord,
    Ledger,
    MachineLost,
    Mark,
    Snapshot,
    Transactions,
)
from commands.ports.log import Entry, LedgerRow, Log
from commands.ports.mail import Mail, Message, Undeliverable
from commands.ports.objects import ObjectInfo, Objects, Presigned
from commands.ports.parts import Part, Parts
from commands.ports.position_tokens import PositionTokens
from commands.ports.traces import Attributes, Span, Traces, Untraced
from commands.ports.vault import Pair, Session, Use, Vault
from commands.ports.views import Viewed, ViewLog

__all__ = [
    "AccessTokens",
    "Addresses",
    "Announcement",
    "Announcements",
    "Attributes",
    "Clock",
    "Entry",
    "Followees",
    "Gates",
    "Holder",
    "Instance",
    "KeyRecord",
    "Ledger",
    "LedgerRow",
    "Log",
    "MachineLost",
    "Mail",
    "Mark",
    "Message",
    "ObjectInfo",
    "Objects",
    "Pair",
    "Part",
    "Parts",
    "Passwords",
    "PositionTokens",
    "Presigned",
    "Quota",
    "Session",
    "Snapshot",
    "Span",
    "Traces",
    "Transactions",
    "Undeliverable",
    "Untraced",
    "Use",
    "Vault",
    "ViewLog",
    "Viewed",
]
