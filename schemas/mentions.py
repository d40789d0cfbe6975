"""Mentions: `@username` in what people say. Found here, resolved to accounts when it is written."""

import re

from schemas.tags import NOT_SAID, each_once
from schemas.text import USERNAME, fold_username

MAX_MENTIONS = 10
"""Different names of one text that count: its first."""
CALLED = re.compile(r"(?<![\w@./&-])@([A-Za-z0-9_.]+)(?![\w@])")
"""Not inside of an address or a path, nor where the name goes on with what no name has."""


def mentioned(text: str) -> tuple[str, ...]:
    """The usernames that a text calls, folded, each once, in order. A stop at the end of a name ends a sentence."""
    names = (fold_username(name.rstrip(".")) for name in CALLED.findall(NOT_SAID.sub(" ", text)))
    return each_once(name for name in names if USERNAME.fullmatch(name))[:MAX_MENTIONS]
