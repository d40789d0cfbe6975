"""Where an export is, as `--to` and `--over` say: a folder, or `s3://bucket/prefix` of the site's object store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

from infra.history.folder import FolderTarget
from infra.history.refusals import Refused
from infra.history.targets import Target
from infra.process.data_folder import held
from infra.process.settings import Settings
from schemas.objects import PUBLIC, UPLOADS, check_prefix

S3 = "s3://"
TAKEN = (UPLOADS, PUBLIC, "archive/")
"""What other things are under."""


@asynccontextmanager
async def opened_target(settings: Settings, where: str, *, writing: bool) -> AsyncIterator[Target]:
    """Raises SettingsInvalid for a folder that another export holds, and without the site's secret for a store; Refused
    for a place that is none."""
    if not where.startswith(S3):
        with held(Path(where)) if writing else nullcontext():
            yield FolderTarget(Path(where))
        return
    from infra.history.stored import StoredTarget
    from infra.wiring.objects import opened_objects
    from infra.wiring.places import bucket

    prefix = _prefix(where, bucket(settings))
    async with opened_objects(settings) as objects:
        yield StoredTarget(objects, prefix, where)


def _prefix(where: str, ours: str) -> str:
    named, _, path = where.removeprefix(S3).partition("/")
    prefix = f"{path.strip('/')}/"
    if named != ours:
        raise Refused(f"{where} is not in the site's object store: its bucket is {S3}{ours}")
    if prefix == "/" or prefix.startswith(TAKEN):
        raise Refused(f"{where} is no place for an export: say {S3}{ours}/exports, for example")
    try:
        check_prefix(prefix)
    except ValueError:
        raise Refused(f"{where} is no prefix of object keys: letters, digits, `_`, `.` and `-`") from None
    return prefix
