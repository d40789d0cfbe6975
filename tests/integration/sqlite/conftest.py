"""A file with a table of words, for what is asked of the database itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.sqlite.database import SqliteDatabase
from tests.integration.sqlite.sqlite_words import words_database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a folder" / "test.db"


@pytest.fixture
def database(path: Path) -> Iterator[SqliteDatabase]:
    with words_database(path) as database:
        yield database
