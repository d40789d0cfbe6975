"""The one place where SQLite's errors become ours."""

import sqlite3

from schemas.errors import StorageFull, Unavailable

FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_READONLY}
BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def is_busy(error: sqlite3.OperationalError) -> bool:
    """Whether somebody else is writing."""
    return error.sqlite_errorcode & 0xFF in BUSY


class translated:  # noqa: N801 - reads as a word in `with translated():`
    """Raises StorageFull or Unavailable for what says something of the store's state."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, sqlite3.OperationalError):
            if error.sqlite_errorcode in FULL:
                raise StorageFull from error
            if is_busy(error):
                raise Unavailable("the store is busy") from error
