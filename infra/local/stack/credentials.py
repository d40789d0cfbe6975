"""Secrets of one stack, made on its first start: files that its owner alone can read."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

SECRET_BYTES = 32


@dataclass(frozen=True)
class Credentials:
    """Where the stack's secrets are kept; their values are in files only."""

    folder: Path

    @property
    def s3_admin_user(self) -> str:
        """The object store's root user. Its name is a secret too (infra/decisions/0009). Raises OSError before make."""
        return self._s3_admin_user.read_text()

    @property
    def s3_admin_password(self) -> Path:
        """The object store's root password."""
        return self.folder / "s3-admin-password"

    @property
    def secret(self) -> Path:
        """64 hex digits that the application derives its keys from."""
        return self.folder / "secret"

    def make(self) -> None:
        """Makes what is missing; what is there stays."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in (self.s3_admin_password, self.secret):
            if not path.exists():
                _write(path, secrets.token_hex(SECRET_BYTES))
        if not self._s3_admin_user.exists():
            _write(self._s3_admin_user, f"photolog-{secrets.token_hex(6)}")

    @property
    def _s3_admin_user(self) -> Path:
        return self.folder / "s3-admin-user"


def _write(path: Path, value: str) -> None:
    """Whole under another name first, so that a crash leaves no half secret."""
    unfinished = path.with_suffix(".new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(value)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
