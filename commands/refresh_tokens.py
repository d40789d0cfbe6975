"""Refresh tokens: `<session>.<secret>.<MAC>`. Made and read by commands/sessions.py; the Vault keeps only hashes.

The MAC says that we issued a token, so that strangers cannot end a session by guessing its id. Its key is derived from
the site's secret: while that is rotated both are good. A token whose key is forgotten is still good for a refresh, if
its hash is one that the Vault has just now; what is lost is only the alarm should it turn out to be stolen.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from commands.ports import Session
from schemas.ids import ID_DIGITS, SESSION_PREFIX, SessionId

TOKEN = re.compile(rf"({SESSION_PREFIX}_[0-9A-Za-z]{{{ID_DIGITS}}})\.[\w-]+\.[0-9a-f]{{32}}", re.ASCII)


@dataclass(frozen=True)
class RefreshTokens:
    """Makes tokens and knows its own."""

    keys: Sequence[bytes] = field(repr=False)
    """The first makes; what was made with another is known too."""

    def make(self, session: SessionId) -> str:
        """A new token of this session."""
        said = f"{session}.{secrets.token_urlsafe(32)}"
        return f"{said}.{_mac(self.keys[0], said)}"

    def session_of(self, token: str) -> SessionId | None:
        """Which session a token says that it belongs to; None for what has not the form of a token."""
        found = TOKEN.fullmatch(token)
        return SessionId(found[1]) if found else None

    def is_of(self, token: str, session: Session) -> bool:
        """Whether we issued it for this session. What we did not must neither continue nor end it."""
        said, _, mac = token.rpartition(".")
        ours = any(hmac.compare_digest(mac, _mac(key, said)) for key in self.keys)
        if ours:
            return True
        known = {pair.token for pair in session.current} | {use.token for use in session.used}
        return digest(token) in known


def digest(token: str) -> str:
    """The hash by which the Vault knows a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _mac(key: bytes, said: str) -> str:
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()[:32]
