"""Sample files that lie beside the checkout and are too large, or not ours, to be part of it."""

import os
from pathlib import Path

import pytest

_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared(path: str) -> Path:
    """One file of the folder. Without the folder the test is skipped; on CI, where it must be there, the test fails."""
    if not _DATA.is_dir():
        missing = f"no sample data at {_DATA}"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    file = _DATA / path
    if not file.is_file():
        pytest.fail(f"the sample data has no {path}")
    return file
