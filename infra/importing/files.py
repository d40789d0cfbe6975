"""Files of rows, line by line: JSON lines, and what of a line is no row at all. Read by batches.py."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from schemas.errors import FieldError
from schemas.importing import Row, parsed


@dataclass(frozen=True)
class Line:
    """One line of a file: a row, or what is wrong with it."""

    file: Path
    number: int
    row: Row | list[FieldError]
    read: int
    """Bytes of the file up to its end."""


def lines_of(file: Path) -> Iterator[Line]:
    """Every line but blank ones. Raises OSError."""
    read = 0
    with file.open("rb") as source:
        for number, line in enumerate(source, start=1):
            read += len(line)
            if not line.isspace():
                yield Line(file, number, _row(line), read)


def _row(line: bytes) -> Row | list[FieldError]:
    try:
        values: Any = orjson.loads(line)
    except orjson.JSONDecodeError:
        return [FieldError("", "is not JSON")]
    return parsed(values) if isinstance(values, dict) else [FieldError("", "is not a JSON object")]
