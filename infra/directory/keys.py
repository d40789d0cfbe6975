"""What an object key may look like, which keys are public, and the file that stands for each key. Pure."""

import re
from pathlib import Path

MAX_KEY = 512
_SEGMENT = re.compile(r"[A-Za-z0-9_.-]+")
_PUBLIC = re.compile(r"m/[A-Za-z0-9_]+/[A-Za-z0-9_]+-[A-Za-z0-9_-]+\.[a-z0-9]+")
_PIECE = 100
"""Characters of a segment in one file name: doubled by escapes they stay below every file system's 255."""
_ESCAPED = re.compile(r"[A-Z]|^\.")


def check_key(key: str) -> None:
    """Raises ValueError for anything but `/`-separated segments of letters, digits, `_`, `.` and `-`."""
    if len(key) > MAX_KEY:
        raise ValueError(f"an object key has at most {MAX_KEY} characters, not {len(key)}")
    if not all(map(_is_segment, key.split("/"))):
        raise ValueError(f"not an object key: {key!r}")


def check_prefix(prefix: str) -> None:
    """Raises ValueError for what no key can start with."""
    *folders, rest = prefix.split("/")
    if len(prefix) > MAX_KEY or not all(map(_is_segment, folders)) or not (rest == "" or _SEGMENT.fullmatch(rest)):
        raise ValueError(f"no object key starts with {prefix!r}")


def is_public(key: str) -> bool:
    """Whether the key names a rendition: these alone are ever served to everybody."""
    return len(key) <= MAX_KEY and _PUBLIC.fullmatch(key) is not None


def pointer_path(root: Path, key: str) -> Path:
    """The file of a key. Two keys never share one, even where case does not count; nor is one the folder of another."""
    *folders, name = key.split("/")
    pieces = _pieces(name)
    return root.joinpath(*_folders(folders), *(f"{piece}~" for piece in pieces[:-1]), f"{pieces[-1]}=")


def prefix_folder(root: Path, prefix: str) -> Path:
    """The folder that holds the file of every key with this prefix."""
    return root.joinpath(*_folders(prefix.split("/")[:-1]))


def _is_segment(segment: str) -> bool:
    return _SEGMENT.fullmatch(segment) is not None and segment not in {".", ".."}


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
