"""Names of objects in the store: the one place where they are made and read. Pure; every side may use it.

`uploads/<post>` is an original, which nobody but our processes reads. `m/<post>/...` are a post's renditions: public.
"""

import hashlib
import re

from schemas.ids import PostId

UPLOADS = "uploads/"
"""What clients may put under, and what the store tells us of."""
PUBLIC = "m/"
"""What everybody may read."""
MAX_KEY = 512
_SEGMENT = re.compile(r"[A-Za-z0-9_.-]+")
_HASH_DIGITS = 20
_RENDITION = re.compile(r"m/[A-Za-z0-9_]+/[A-Za-z0-9_]+-[A-Za-z0-9_-]+\.[a-z0-9]+")
_ATTEMPT = re.compile(r"m/[^/]+/[a-z]+-([0-9]+)_[0-9a-f]+\.[a-z0-9]+")


def upload_key(post: PostId) -> str:
    """Where a post's original is."""
    return f"{UPLOADS}{post}"


def uploaded_post(key: str) -> PostId | None:
    """Whose original it is; None for what is no original."""
    return PostId(key.removeprefix(UPLOADS)) if key.startswith(UPLOADS) else None


def media_prefix(post: PostId) -> str:
    """Under which all public objects of a post are, and nothing else is."""
    return f"{PUBLIC}{post}/"


def rendition_key(post: PostId, attempt: int, name: str, content: bytes, extension: str) -> str:
    """Where an attempt puts a rendition. Its name hashes its content: what is there never changes.

    The name shows the attempt too, so that no attempt ever touches what another may have published.
    """
    digest = hashlib.sha256(content).hexdigest()[:_HASH_DIGITS]
    return f"{media_prefix(post)}{name}-{attempt}_{digest}.{extension}"


def attempt_of(key: str) -> int | None:
    """Which attempt made a rendition; None if its name does not show that."""
    found = _ATTEMPT.fullmatch(key)
    return int(found[1]) if found else None


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
    if not key.startswith(PUBLIC):
        raise ValueError(f"{key!r} is private: only keys under {PUBLIC} have a public URL")


def is_rendition(key: str) -> bool:
    """Whether the key names a rendition: these alone are ever served to everybody."""
    return len(key) <= MAX_KEY and _RENDITION.fullmatch(key) is not None


def _is_segment(segment: str) -> bool:
    return _SEGMENT.fullmatch(segment) is not None and segment not in {".", ".."}
