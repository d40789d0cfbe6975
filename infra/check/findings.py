"""What a check says: one line about one thing, with how bad it is."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["missing", "weak", "ok"]
COPIES, IN_SYNC = 3, 2
"""Fewer copies of anything that must last, and one broken disk is a loss."""


@dataclass(frozen=True)
class Finding:
    """`missing`: Photolog cannot run, or not safely. `weak`: it runs, and something may be lost, read or lacking."""

    about: str
    severity: Severity
    text: str


def judged(about: str, good: object, fine: str, otherwise: str, severity: Severity = "weak") -> Finding:
    """The finding that a condition makes."""
    return Finding(about, "ok", fine) if good else Finding(about, severity, otherwise)


def guarded(about: str, encrypted: object, user: str) -> list[Finding]:
    """How the way to a server is guarded."""
    return [
        judged(about, encrypted, "TLS is on", "TLS is off: whoever is on the network reads along"),
        judged(about, user, "there are credentials", "there are no credentials: whoever reaches it may do anything"),
    ]
