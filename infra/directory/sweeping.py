"""Removes what a crash left in the store's folders and nothing points at. Called by DirectoryObjects at a start."""

from pathlib import Path

from infra.directory.pointers import Pointers
from schemas.ids import Millis


def sweep(pointers: Pointers, blobs: Path, incoming: Path, until: Millis) -> int:
    """Removes orphans that were last written at `until` or before; how many. Blocks; safe while the store is in use.

    Old files are listed first, pointers second: what somebody points at in between is too young to be listed.
    """
    unfinished = [path for path in incoming.iterdir() if _is_older(path, until)]
    old = [path for path in blobs.iterdir() if _is_older(path, until)]
    pointed = {pointer.blob for pointer in pointers.scan("")}
    orphans = unfinished + [path for path in old if path.name not in pointed]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)


def _is_older(path: Path, until: Millis) -> bool:
    try:
        return path.stat().st_mtime_ns <= until * 1_000_000
    except FileNotFoundError:  # moved or removed since it was listed
        return False
