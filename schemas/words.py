"""Words as search compares them: of what is found, and of what is asked for. One rule, so that every index agrees.

Case, width and accents are folded. Scripts that are written without blanks between words are cut into pairs of letters,
and each letter begins one: so any part of such a text is found, from one letter on.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from schemas.tags import HASHES, JOINERS, each_once, fold_tag, is_tag
from schemas.text import fold_username

ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]")
"""Marks that many leave out: accents, and the points and vowels of Hebrew and Arabic. Those of Indic scripts are more
than that, and stay."""
PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
    | dict.fromkeys(JOINERS, "")
)
"""Letters that no decomposition takes their stroke from."""
DENSE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, Chinese, Japanese and Korean."""
PLAIN_RUN = re.compile("[a-z0-9]+")
CALLED = re.compile(r"[@\uff20]([A-Za-z0-9_.]{1,30})")
"""The beginning of a username, said as one."""


class Term(NamedTuple):
    """What a text must have: a word, or one that begins so."""

    text: str
    begins: bool = False


def words_of(*texts: str) -> tuple[str, ...]:
    """The words of these texts, each once."""
    return each_once(word for text in texts for dense, run in _runs(text) for word in (_pairs(run) if dense else [run]))


def tag_word(folded: str) -> str:
    """How a tag is found, apart from the words in it."""
    return f"#{folded}"


def name_word(username: str) -> str:
    """How a whole username is found, apart from the words in it."""
    return f"@{fold_username(username)}"


def asked_of_text(query: str) -> tuple[Term, ...]:
    """All of what is asked for must be there: whole words, and tags where they are asked for as tags."""
    return _asked(query, begins=False)


def asked_of_names(query: str) -> tuple[Term, ...]:
    """All of what is asked for must be there: beginnings of words, or of one username behind an `@`."""
    called = CALLED.fullmatch(query.strip())
    if called:
        return (Term(name_word(called[1]), True),)
    return _asked(query, begins=True)


def _asked(query: str, begins: bool) -> tuple[Term, ...]:
    return tuple(dict.fromkeys(term for piece in query.split() for term in _of_piece(piece, begins)))


def _of_piece(piece: str, begins: bool) -> Iterable[Term]:
    tag = fold_tag(piece[1:])
    if piece[0] in HASHES and not begins and is_tag(tag):
        return [Term(tag_word(tag))]
    return [term for dense, run in _runs(piece) for term in (_in_pairs(run) if dense else [Term(run, begins)])]


def _in_pairs(run: str) -> list[Term]:
    """The last letter alone says no more than the pair before it, unless there is none."""
    return [Term(pair) for pair in _pairs(run)[:-1]] or [Term(run, True)]


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run))]


def _runs(text: str) -> Iterator[tuple[bool, str]]:
    """The words of a text, folded, and which of them are dense."""
    if text.isascii():  # most are, and fold to what they are
        yield from ((False, run) for run in PLAIN_RUN.findall(text.lower()))
        return
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    folded = unicodedata.normalize("NFKC", ACCENTS.sub("", decomposed).translate(PLAIN))
    for dense, run in groupby(folded, _kind):
        if dense is not None:
            yield dense, "".join(run)


def _kind(char: str) -> bool | None:
    """None: of no word. Else whether it is dense."""
    if unicodedata.category(char)[0] not in "LMN":
        return None
    return DENSE.match(char) is not None
