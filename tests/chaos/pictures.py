"""A few tiny JPEGs, made once."""

import base64
import hashlib
from functools import cache
from io import BytesIO

from PIL import Image

COUNT = 5
COMMENT_HEAD, COMMENT = 4, 65_537
"""Bytes that a comment in a JPEG has at least, and at most."""


@cache
def picture(number: int) -> bytes:
    """One of COUNT distinct pictures of 64 by 48 pixels."""
    image = Image.linear_gradient("L").resize((64, 48)).rotate(72 * number).convert("RGB")
    file = BytesIO()
    image.save(file, "JPEG", quality=60 + number)
    return file.getvalue()


@cache
def large(size_bytes: int) -> bytes:
    """A picture in a file of that size: comments fill it up, which decoders skip."""
    content = picture(0)
    start, end, missing = content[:2], content[2:], size_bytes - len(content)
    comments: list[bytes] = []
    while missing:
        length = missing if missing <= COMMENT else min(COMMENT, missing - COMMENT_HEAD)
        comments.append(b"\xff\xfe" + (length - 2).to_bytes(2, "big") + bytes([len(comments) % 251]) * (length - 4))
        missing -= length
    return b"".join([start, *comments, end])


def checksum(content: bytes) -> str:
    """What a reservation says about the bytes: base64 of their SHA-256."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()
