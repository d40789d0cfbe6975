"""What an object key may look like, and which keys are public: the same for every object store. Pure."""

import re

MAX_KEY = 512
_SEGMENT = re.compile(r"[A-Za-z0-9_.-]+")
_PUBLIC = re.compile(r"m/[A-Za-z0-9_]+/[A-Za-z0-9_]+-[A-Za-z0-9_-]+\.[a-z0-9]+")


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


def check_public(key: str) -> None:
    """Raises ValueError for a key that has no public URL."""
    check_key(key)
    if not key.startswith("m/"):
        raise ValueError(f"{key!r} is private: only keys under m/ have a public URL")


def is_public(key: str) -> bool:
    """Whether the key names a rendition: these alone are ever served to everybody."""
    return len(key) <= MAX_KEY and _PUBLIC.fullmatch(key) is not None


def _is_segment(segment: str) -> bool:
    return _SEGMENT.fullmatch(segment) is not None and segment not in {".", ".."}
