"""Files of rows: JSON lines, or CSV (RFC 4180) with a header, and what is no row at all. Read by batches.py."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from schemas.errors import FieldError
from schemas.importing import Row, parsed

MORE = "\0"
"""Where fields without a name are put."""


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
    return _csv(file) if file.suffix.lower() == ".csv" else _json_lines(file)


def _json_lines(file: Path) -> Iterator[Line]:
    read = 0
    with file.open("rb") as source:
        for number, line in enumerate(source, start=1):
            read += len(line)
            if not line.isspace():
                yield Line(file, number, _row(line), read)


def _csv(file: Path) -> Iterator[Line]:
    """Empty fields are absent, tags are parted by blanks; a row is numbered as the line that it ends on."""
    read = 0

    def counted(source: BinaryIO) -> Iterator[str]:
        nonlocal read
        for line in source:
            read += len(line)
            yield line.decode("utf-8-sig" if read == len(line) else "utf-8", errors="surrogateescape")

    with file.open("rb") as source:
        reader = csv.DictReader(counted(source), restkey=MORE)
        try:
            for values in reader:
                given: dict[str, Any] = {name: value for name, value in values.items() if value}
                if "tags" in given:
                    given["tags"] = given["tags"].split()
                wrong = [FieldError("", "has more fields than the header")]
                yield Line(file, reader.line_num, wrong if MORE in given else parsed(given), read)
        except csv.Error as error:
            yield Line(file, reader.line_num, [FieldError("", f"is not CSV, nor is what follows: {error}")], read)


def _row(line: bytes) -> Row | list[FieldError]:
    try:
        values: Any = orjson.loads(line)
    except orjson.JSONDecodeError:
        return [FieldError("", "is not JSON")]
    return parsed(values) if isinstance(values, dict) else [FieldError("", "is not a JSON object")]
