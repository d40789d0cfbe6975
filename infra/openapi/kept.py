"""The OpenAPI document on file: written by `photolog schemas write`, compared by `photolog schemas check`, served."""

import json
from functools import cache
from typing import Any

from infra.event_schemas.files import FILES, Files
from infra.event_schemas.findings import WRITE, Finding

Json = dict[str, Any]


@cache
def kept() -> Json:
    """What every process serves: so it need not be made at each start, and is the same whatever part a process has."""
    found: Json = json.loads(FILES.openapi.read_text())
    return found


def write(files: Files) -> list[str]:
    """Brings the file up to date. Names what was written."""
    if not _stale(files):
        return []
    files.openapi.write_text(_today())
    return [files.openapi.name]


def findings(files: Files) -> list[Finding]:
    """Is the document on file that of today's routes?"""
    return [Finding(files.openapi.name, "out of date", WRITE)] if _stale(files) else []


def _stale(files: Files) -> bool:
    return not files.openapi.exists() or files.openapi.read_text() != _today()


@cache
def _today() -> str:
    from infra.openapi.document import document  # every router: what only serves the file need not load them

    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
