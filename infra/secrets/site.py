"""The one secret of a site and the keys that are derived from it. An embedded site makes its own on first start.

A second secret can be known besides: during a rotation what was made with either is good (decisions/0013).
"""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from infra.process.settings import Settings, SettingsInvalid

SECRET_BYTES = 32


@dataclass(frozen=True)
class Secrets:
    """Everything that is derived from the site's secret: HKDF-SHA-256 (RFC 5869), one purpose a key."""

    secret: bytes = field(repr=False)
    previous: bytes | None = field(default=None, repr=False)
    """Another secret of this site: nothing new is made with it, and what was stays good."""

    def key(self, purpose: str) -> bytes:
        """32 bytes for this purpose, always the same for one secret."""
        return HKDF(SHA256(), 32, salt=None, info=f"photolog/{purpose}".encode()).derive(self.secret)

    def keys(self, purpose: str) -> tuple[bytes, ...]:
        """The key to make things with, and behind it the one that is still accepted."""
        return tuple(known.key(purpose) for known in self.each())

    def each(self) -> tuple["Secrets", ...]:
        """The current secret alone, and the other one, if there is one, alone."""
        known = [self.secret]
        if self.previous is not None and self.previous != self.secret:
            known.append(self.previous)
        return tuple(map(Secrets, known))


def site_secrets(settings: Settings) -> Secrets:
    """From PHOTOLOG_SECRET, else from the data folder's file, which is made once, readable by its owner alone."""
    other = settings.secret_previous
    previous = _parsed(other.get_secret_value(), "PHOTOLOG_SECRET_PREVIOUS") if other is not None else None
    if settings.secret is not None:
        return Secrets(_parsed(settings.secret.get_secret_value(), "PHOTOLOG_SECRET"), previous)
    path = settings.data / "secret"
    if not path.exists():
        _make(path)
    return Secrets(_parsed(path.read_text(), str(path)), previous)


def _make(path: Path) -> None:
    """Written whole under another name first, so that a crash leaves no half secret."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(SECRET_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _parsed(text: str, source: str) -> bytes:
    try:
        secret = bytes.fromhex(text.strip())
    except ValueError:
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise SettingsInvalid(f"{source} must hold {2 * SECRET_BYTES} hex digits")
    return secret
