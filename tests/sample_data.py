"""Sample files of the repository: photos of real cameras and phones, small (tests/data/photos/LICENSES.md)."""

from pathlib import Path

PHOTOS = Path(__file__).with_name("data") / "photos"


def sample(name: str) -> Path:
    """One of the photos."""
    return PHOTOS / name


def media_type(name: str) -> str:
    """What an uploader declares a file of this name as."""
    return f"image/{name.rpartition('.')[2].replace('jpg', 'jpeg')}"
