"""The one secret of an embedded site, made on first start, and the keys that are derived from it."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from infra.settings import Settings, SettingsInvalid

SECRET_BYTES = 32


@dataclass(frozen=True)
class Secrets:
    """Everything that is derived from the site's secret: HKDF-SHA-256 (RFC 5869), one purpose a key."""

    secret: bytes

    def key(self, purpose: str) -> bytes:
        """32 bytes for this purpose, always the same."""
        return HKDF(SHA256(), 32, salt=None, info=f"photolog/{purpose}".encode()).derive(self.secret)


def site_secrets(settings: Settings) -> Secrets:
    """From PHOTOLOG_SECRET, else from the data folder's file, which is made once, readable by its owner alone."""
    if settings.secret is not None:
        return Secrets(_parsed(settings.secret.get_secret_value(), "PHOTOLOG_SECRET"))
    path = settings.data / "secret"
    if not path.exists():
        _make(path)
    return Secrets(_parsed(path.read_text(), str(path)))


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
