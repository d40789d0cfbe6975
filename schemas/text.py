"""Text fields of bodies: what is allowed, how it is normalised. Lengths count code points after NFC."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints

TAG = re.compile(r"[^\W]{1,100}")  # letters of any script, digits, underscore
HASHTAG = re.compile(r"(?<![\w#])#([^\W]{1,100})(?![\w])")


def nfc(text: str) -> str:
    """Text as bodies are normalised, for what does not come as a body."""
    return unicodedata.normalize("NFC", text)


def _nfc(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = nfc(value)
    if any(unicodedata.category(char) == "Cs" or char == "\x00" for char in text):
        raise ValueError("must be valid Unicode text without NUL")
    return text


def fold_tag(tag: str) -> str:
    """A tag as it is stored and compared: without `#`, NFKC, casefolded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", tag.removeprefix("#")).casefold())


def _tag(value: str) -> str:
    tag = fold_tag(value)
    if not TAG.fullmatch(tag):
        raise ValueError("must be 1 to 100 letters, digits or _")
    return tag


def each_once(tags: Iterable[str]) -> tuple[str, ...]:
    """The tags, each where it comes first."""
    return tuple(dict.fromkeys(tags))


def hashtags(caption: str) -> tuple[str, ...]:
    """The tags in a caption, folded, each once, in order; without those that folding turns into what is no tag."""
    return each_once(tag for found in HASHTAG.findall(caption) if TAG.fullmatch(tag := fold_tag(found)))


NFC = BeforeValidator(_nfc)
Caption = Annotated[str, NFC, StringConstraints(max_length=2_200)]
AltText = Annotated[str, NFC, StringConstraints(max_length=1_500)]
CommentText = Annotated[str, NFC, StringConstraints(min_length=1, max_length=1_000)]
DisplayName = Annotated[str, NFC, StringConstraints(max_length=64)]
Bio = Annotated[str, NFC, StringConstraints(max_length=150)]
Filename = Annotated[str, NFC, StringConstraints(min_length=1, max_length=255)]
Tag = Annotated[str, NFC, AfterValidator(_tag)]
Username = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.]{3,30}$")]
Password = Annotated[str, NFC, StringConstraints(min_length=8, max_length=128)]
GivenPassword = Annotated[str, NFC, StringConstraints(max_length=512)]
"""One that is compared, not kept: whatever was allowed when it was chosen."""
Email = Annotated[str, NFC, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]


def fold_username(username: str) -> str:
    """A username as it is compared: usernames are ASCII, so folding is lower-casing."""
    return username.lower()
