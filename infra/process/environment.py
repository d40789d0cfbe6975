"""The settings of this process: environment variables `PHOTOLOG_*`; a secret may be in a file named by `..._FILE`.

Listed by `photolog settings`.
"""

import os
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from infra.process.server_settings import PREFIX
from infra.process.settings import SECRETS, Settings, SettingsInvalid


def load_settings() -> Settings:
    """The settings of this process. Raises SettingsInvalid."""
    try:
        from_files: dict[str, Any] = {name: secret for name in SECRETS if (secret := _from_file(name))}
        return Settings(**from_files)
    except ValidationError as error:
        faults = [f"{PREFIX}{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors()]
        raise SettingsInvalid("; ".join(faults)) from None


def listed(settings: Settings) -> list[dict[str, Any]]:
    """Each setting with its value, where it came from, and what it is for; secrets are not shown."""
    rows = []
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        shown = "(hidden)" if isinstance(value, SecretStr) else str(value) if value is not None else ""
        rows.append(
            {"name": _variable(name), "value": shown, "source": _source(name), "about": field.description or ""}
        )
    return rows


def _from_file(name: str) -> str | None:
    path = os.environ.get(f"{_variable(name)}_FILE")
    if not path:
        return None
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise SettingsInvalid(f"{_variable(name)}_FILE: {error.strerror}") from None


def _source(name: str) -> str:
    if name in SECRETS and os.environ.get(f"{_variable(name)}_FILE"):
        return "file"
    return "environment" if _variable(name) in {key.upper() for key in os.environ} else "default"


def _variable(name: str) -> str:
    return f"{PREFIX}{name}".upper()
