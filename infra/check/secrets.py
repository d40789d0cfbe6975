"""Checks the site's secrets: that there is one, of the right form, in files that others cannot read; and how passwords
are kept."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from infra.check.findings import Finding, judged
from infra.process.server_settings import PREFIX
from infra.process.settings import OWASP_KIB, SECRETS, Settings

ABOUT = "secret"
FORM = re.compile(r"[0-9a-fA-F]{64}")
OTHERS = 0o077


def look(environment: Mapping[str, str]) -> dict[Path, int]:
    """The modes of the files that hold secrets."""
    names = [environment.get(f"{PREFIX}{name.upper()}_FILE") for name in SECRETS]
    paths = [Path(name) for name in names if name]
    return {path: path.stat().st_mode & 0o777 for path in paths}


def judge(settings: Settings, modes: Mapping[Path, int]) -> list[Finding]:
    """Pure."""
    if settings.secret is None:
        found = [Finding(ABOUT, "missing", "PHOTOLOG_SECRET or PHOTOLOG_SECRET_FILE is not set")]
    else:
        well_formed = FORM.fullmatch(settings.secret.get_secret_value().strip())
        found = [judged(ABOUT, well_formed, "64 hex digits", "PHOTOLOG_SECRET is not 64 hex digits", "missing")]
    kept = f"hashing a password takes {settings.password_memory_kib} KiB"
    guessed = f"{kept}, below {OWASP_KIB}: whoever gets the hashes guesses passwords fast"
    found.append(judged("passwords", settings.password_memory_kib >= OWASP_KIB, kept, guessed))
    return found + [
        judged(ABOUT, not mode & OTHERS, f"{path} is its owner's alone", f"{path} can be read by others ({mode:03o})")
        for path, mode in modes.items()
    ]


async def check(settings: Settings) -> list[Finding]:
    """The findings about the secrets of this process."""
    return judge(settings, look(os.environ))
