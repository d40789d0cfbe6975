"""The ports that the write side needs. Adapters live in infra; all of them pass the one contract suite of each port."""

from commands.ports.clock import Clock
from commands.ports.credentials import AccessTokens, Passwords
from commands.ports.gates import Gates, Quota
from commands.ports.ledger import Announcement, Announcements, KeyRecord, Ledger, MachineLost, Mark, Transactions
from commands.ports.log import Entry, LedgerRow, Log
from commands.ports.objects import ObjectInfo, Objects, Presigned
from commands.ports.vault import Session, Vault

__all__ = [
    "AccessTokens",
    "Announcement",
    "Announcements",
    "Clock",
    "Entry",
    "Gates",
    "KeyRecord",
    "Ledger",
    "LedgerRow",
    "Log",
    "MachineLost",
    "Mark",
    "ObjectInfo",
    "Objects",
    "Passwords",
    "Presigned",
    "Quota",
    "Session",
    "Transactions",
    "Vault",
]
