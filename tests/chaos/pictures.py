"""A few tiny JPEGs, made once."""

import base64
import hashlib
from functools import cache
from io import BytesIO

from PIL import Image

COUNT = 5


@cache
def picture(number: int) -> bytes:
    """One of COUNT distinct pictures of 64 by 48 pixels."""
    image = Image.linear_gradient("L").resize((64, 48)).rotate(72 * number).convert("RGB")
    file = BytesIO()
    image.save(file, "JPEG", quality=60 + number)
    return file.getvalue()


def checksum(content: bytes) -> str:
    """What a reservation says about the bytes: base64 of their SHA-256."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()
