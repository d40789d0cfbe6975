"""Which format of a picture is sent where a client asks for `.auto`: the best that its Accept header names. Pure; the
media route asks here, and the edge's configuration is written from the same words."""

import re
from collections.abc import Iterator

AUTO = ".auto"
FORMATS = {"avif": "image/avif", "webp": "image/webp"}
"""By extension, the best first: only for those who name them."""
EVERYBODYS = "jpg"
"""What is sent to all others, and where there is nothing better."""


def names(content_type: str) -> str:
    """What an Accept header matches that takes this type by its name: a wildcard promises nothing, q=0 refuses."""
    return rf"(?i)(^|[,\s]){content_type}\s*(?!\s*;\s*q=0(\.0*)?\s*(,|$))(;|,|$)"


def choices(key: str, accept: str) -> Iterator[str]:
    """The keys to try for a key that ends in AUTO, in order: which formats a picture was made in, the store knows."""
    stem = key.removesuffix(AUTO)
    for extension, content_type in FORMATS.items():
        if re.search(names(content_type), accept):
            yield f"{stem}.{extension}"
    yield f"{stem}.{EVERYBODYS}"
