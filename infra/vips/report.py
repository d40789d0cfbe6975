"""What a child writes to its parent: one line of JSON, then the bytes of every file in the line's order."""

import json
from typing import Any

from infra.vips.refusals import Reason
from infra.vips.renditions import Renditions


def refused(reason: Reason) -> bytes:
    """A report without files."""
    return _line({"refused": reason})


def rendered(renditions: Renditions) -> bytes:
    """A report with all files of a photo."""
    files = [
        {
            "name": file.name,
            "content_type": file.content_type,
            "extension": file.extension,
            "width": file.width,
            "height": file.height,
            "size_bytes": len(file.content),
        }
        for file in renditions.files
    ]
    sizes = {"width": renditions.width, "height": renditions.height}
    line = _line({**sizes, "blurhash": renditions.blurhash, "look": renditions.look, "files": files})
    return b"".join([line, *(file.content for file in renditions.files)])


def _line(report: dict[str, Any]) -> bytes:
    return json.dumps(report).encode() + b"\n"
