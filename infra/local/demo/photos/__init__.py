"""The photos that the demo uploads; whose they are stands in LICENSES.md beside them."""

from pathlib import Path

PHOTOS = Path(__file__).parent
