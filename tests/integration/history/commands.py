"""`photolog log` on an embedded site, in this process, and what DuckDB finds without our code."""

from pathlib import Path
from typing import Any

import duckdb
from typer.testing import Result

from tests import photolog_here


def photolog_log(data: Path, *words: str | Path, **settings: str) -> Result:
    """One call of the command."""
    return photolog(data, "log", *words, **settings)


def photolog(data: Path, *words: str | Path, **settings: str) -> Result:
    """One call of any command."""
    return photolog_here.photolog({"PHOTOLOG_DATA": str(data), **settings}, *words)


def queried(statement: str) -> list[dict[str, Any]]:
    """Rows of a query, by column."""
    with duckdb.connect() as database:
        found = database.execute(statement)
        names = [name for name, *_ in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
