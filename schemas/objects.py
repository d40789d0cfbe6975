"""Names of objects in the store: the one place where they are made and read. Pure; every side may use it.

`uploads/<post>` is an original, which nobody but our processes reads, and so is `uploads/<account>/<avatar>`.
`m/<post>/...` and `m/<avatar>/...` are their renditions: public.
"""

import hashlib
import re
from collections.abc import Iterable

from schemas.ids import AccountId, AvatarId, PostId

UPLOADS = "uploads/"
"""What clients may put under, and what the store tells us of."""
PUBLIC = "m/"
"""What everybody may read."""
MAX_KEY = 512
_SEGMENT = re.compile(r"[A-Za-z0-9_.-]+")
_HASH_DIGITS = 20
RENDITION = re.compile(r"m/[A-Za-z0-9_]+/[A-Za-z0-9_]+-[A-Za-z0-9_-]+\.[a-z0-9]+")
_AVATAR = re.compile(r"uploads/([A-Za-z0-9_]+)/([A-Za-z0-9_]+)")
_NAMED = re.compile(r"m/[^/]+/([a-z]+)-[0-9]+_([0-9a-f]+\.[a-z0-9]+)")
_ATTEMPT = re.compile(r"m/[^/]+/[a-z]+-([0-9]+)_[0-9a-f]+\.[a-z0-9]+")


def upload_key(post: PostId) -> str:
    """Where a post's original is."""
    return f"{UPLOADS}{post}"


def avatar_key(account: AccountId, avatar: AvatarId) -> str:
    """Where an avatar's original is."""
    return f"{UPLOADS}{account}/{avatar}"


def uploaded_post(key: str) -> PostId | None:
    """Whose original it is; None for what is no post's."""
    return PostId(key.removeprefix(UPLOADS)) if key.startswith(UPLOADS) and key.count("/") == 1 else None


def uploaded_avatar(key: str) -> tuple[AccountId, AvatarId] | None:
    """Which avatar's original it is, and whose; None for what is none's."""
    found = _AVATAR.fullmatch(key)
    return (AccountId(found[1]), AvatarId(found[2])) if found else None


def media_prefix(of: PostId | AvatarId) -> str:
    """Under which all public objects of a post or an avatar are, and nothing else is."""
    return f"{PUBLIC}{of}/"


def media_owner(key: str) -> str:
    """The id of the post or the avatar that a public object is of."""
    check_public(key)
    return key.split("/")[1]


def rendition_key(of: PostId | AvatarId, attempt: int, name: str, formats: Iterable[bytes], extension: str) -> str:
    """Where an attempt puts a rendition. Its name hashes its content in all its formats, whose names differ in the
    extension alone: what is there never changes, and whoever knows one knows where the others are.

    The name shows the attempt too, so that no attempt ever touches what another may have published.
    """
    each = b"".join(hashlib.sha256(content).digest() for content in formats)
    digest = hashlib.sha256(each).hexdigest()[:_HASH_DIGITS]
    return f"{media_prefix(of)}{name}-{attempt}_{digest}.{extension}"


def copied_key(of: PostId | AvatarId, attempt: int, source: str) -> str:
    """Where an attempt puts a copy of a rendition: the same name and hash, among its own."""
    found = _NAMED.fullmatch(source)
    if found is None:
        raise ValueError(f"{source!r} names no rendition that an attempt has made")
    return f"{media_prefix(of)}{found[1]}-{attempt}_{found[2]}"


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
    return len(key) <= MAX_KEY and RENDITION.fullmatch(key) is not None


def _is_segment(segment: str) -> bool:
    return _SEGMENT.fullmatch(segment) is not None and segment not in {".", ".."}
