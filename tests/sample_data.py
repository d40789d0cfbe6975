"""Sample files of the repository: small photos of real cameras and phones (tests/data/photos/LICENSES.md), and pictures
that a script made of numbers (tests/data/pictures/make.py)."""

from pathlib import Path

DATA = Path(__file__).with_name("data")
PHOTOS = DATA / "photos"


def sample(name: str) -> Path:
    """One of the photos."""
    return PHOTOS / name


def made(name: str) -> Path:
    """One of the made pictures."""
    return DATA / "pictures" / name


def media_type(name: str) -> str:
    """What an uploader declares a file of this name as."""
    return f"image/{name.rpartition('.')[2].replace('jpg', 'jpeg')}"
