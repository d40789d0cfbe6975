"""Tags: what one is, how it is compared, and which ones a caption has. The same rule for both ways of giving them.

A word of a tag is UTS #31's hashtag profile without emoji: it begins with a letter, digit or `_`; marks and joiners
belong to what they stand on.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import AfterValidator

from schemas.text import NFC, shows

MAX_TAG = 100
MAX_HASHTAGS = 30
"""Different hashtags of one caption that become tags: its first."""
HASHES = "#\ufe5f\uff03"
JOINERS = "\u200c\u200d"
"""Inside a word they tell other words apart (Persian, Hindi); outside of one nobody sees them."""
UNDERSCORES = "_\uff3f"
URL = r"[^\s<>\"\u3000-\u303f\uff00-\uffef]"
"""What goes on with a URL; full-width punctuation ends it where people write without blanks."""
NOT_SAID = re.compile(
    rf"""
    (?<![a-z0-9+.-]) [a-z][a-z0-9+.-]* :// {URL}*
    | (?<![\w@.-]) (?:[\w-]+\.)+ [^\W\d_]{{2,}} (?::\d+)? / {URL}*
    | & (?:amp;)* [#] (?:\d{{1,7}} | x[0-9a-f]{{1,6}}) ;?
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Where a `#` is no hashtag: a URL, one without its scheme, a character as HTML has it."""


def fold_tag(tag: str) -> str:
    """A tag as it is stored and compared: NFKC and casefolded, without its `#`."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", tag).casefold()).removeprefix("#")


def is_tag(folded: str) -> bool:
    """Whether what was folded is a tag: one word of at most 100 code points, of which something is seen."""
    return len(folded) <= MAX_TAG and _word_end(folded, 0) == len(folded) and shows(folded)


def hashtags(caption: str) -> tuple[str, ...]:
    """The tags in a caption, folded, each once, in order, the first 30 of them."""
    folded = (fold_tag(word) for word in _hashed(NOT_SAID.sub(" ", caption)))
    return each_once(tag for tag in folded if is_tag(tag))[:MAX_HASHTAGS]


def each_once(tags: Iterable[str]) -> tuple[str, ...]:
    """The tags, each where it comes first."""
    return tuple(dict.fromkeys(tags))


def _tag(value: str) -> str:
    tag = fold_tag(value)
    if not is_tag(tag):
        raise ValueError("must be 1 to 100 letters, marks, digits or _")
    return tag


Tag = Annotated[str, NFC, AfterValidator(_tag)]


def _hashed(text: str) -> Iterator[str]:
    """The words behind a single hash, unless that stands behind a word itself: C#, a#b."""
    at = 0
    while at < len(text):
        word_end = _word_end(text, at)
        first = _hashes_end(text, word_end)
        if first == word_end:  # no hash
            at = max(word_end, at + 1)
            continue
        alone = word_end == at and first == at + 1
        at = _word_end(text, first) if alone else first
        if at > first:
            yield text[first:at]
            at = _hashes_end(text, at)


def _word_end(text: str, at: int) -> int:
    """Where the word that begins here ends; here, if none does."""
    if at == len(text) or not _begins(text[at]):
        return at
    end = at + 1
    while end < len(text) and (_begins(text[end]) or text[end] in JOINERS or _is(text[end], "M")):
        end += 1
    return at + len(text[at:end].rstrip(JOINERS))


def _hashes_end(text: str, at: int) -> int:
    while at < len(text) and text[at] in HASHES:
        at += 1
    return at


def _begins(char: str) -> bool:
    return char in UNDERSCORES or _is(char, "LN")


def _is(char: str, kinds: str) -> bool:
    """Whether a character is of one of these major categories: letters, marks, numbers."""
    return unicodedata.category(char)[0] in kinds
