"""The file that stands for each object key. Pure. Used by the pointers of the directory store."""

import re
from pathlib import Path

_PIECE = 100
"""Characters of a segment in one file name: doubled by escapes they stay below every file system's 255."""
_CAPITAL = re.compile(r"\+(.)")
_ESCAPED = re.compile(r"[A-Z]|^\.")


def pointer_path(root: Path, key: str) -> Path:
    """The file of a key. Two keys never share one, even where case does not count; nor is one the folder of another."""
    *folders, name = key.split("/")
    pieces = _pieces(name)
    return root.joinpath(*_folders(folders), *(f"{piece}~" for piece in pieces[:-1]), f"{pieces[-1]}=")


def prefix_folder(root: Path, prefix: str) -> Path:
    """The folder that holds the file of every key with this prefix."""
    return root.joinpath(*_folders(prefix.split("/")[:-1]))


def child(name: str) -> str:
    """What a file or a folder of an unshortened name stands for: a key's last segment, or an earlier one and `/`."""
    segment = _CAPITAL.sub(lambda found: found[1].upper(), name.removesuffix("="))
    return segment if name.endswith("=") else f"{segment}/"


def _folders(segments: list[str]) -> list[str]:
    """Each segment as one or more folder names: `~` says that the segment goes on below."""
    return [
        name
        for segment in segments
        for pieces in [_pieces(segment)]
        for name in [*(f"{piece}~" for piece in pieces[:-1]), pieces[-1]]
    ]


def _pieces(segment: str) -> list[str]:
    """The segment in parts that fit a file name: capitals and a leading dot are escaped, so no part is `..`."""
    parts = [segment[start : start + _PIECE] for start in range(0, len(segment), _PIECE)]
    return [_ESCAPED.sub(lambda found: "+" + found[0].lower(), part) for part in parts]
