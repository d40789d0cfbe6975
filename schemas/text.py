"""Text fields of bodies: what is allowed, how it is normalised. Lengths count code points after NFC.

Tags have a file of their own, tags.py.
"""

import re
import string
import unicodedata
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

USERNAME = re.compile(r"[A-Za-z0-9_.]{3,30}")
LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Code points that nothing is drawn for, those that Unicode keeps for more of the kind included (UAX #44)."""
BLANK = re.compile("[\u2800\U0001d159\U00013441\U00013442\U00016fe4]")
"""Symbols and letters whose picture is empty: the Braille blank, the null note head, fillers of old scripts."""
UNSEEN_KINDS = {"Zs", "Zl", "Zp", "Cc", "Cs"}


def nfc(text: str) -> str:
    """Text as bodies are normalised, for what does not come as a body."""
    return unicodedata.normalize("NFC", text)


def well_formed(text: str) -> bool:
    """Whether this is text that every store takes: no half of a surrogate pair, no NUL."""
    return not any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in text)


def shows(text: str) -> bool:
    """Whether a reader sees anything of it. What Unicode has not assigned may be tomorrow's emoji: it is seen."""
    return any(
        unicodedata.category(char) not in UNSEEN_KINDS and not IGNORABLE.match(char) and not BLANK.match(char)
        for char in text
    )


def _nfc(value: object) -> object:
    return nfc(value) if isinstance(value, str) else value


def _shown(value: str) -> str:
    if not shows(value):
        raise ValueError("must show something")
    return value


def _address(value: str) -> str:
    try:
        return validate_email(value, check_deliverability=False).normalized
    except EmailNotValidError:  # its words quote the address
        raise ValueError("must be an e-mail address") from None


NFC = BeforeValidator(_nfc)
Shown = AfterValidator(_shown)
Caption = Annotated[str, NFC, StringConstraints(max_length=2_200)]
AltText = Annotated[str, NFC, StringConstraints(max_length=1_500)]
CommentText = Annotated[str, NFC, StringConstraints(min_length=1, max_length=1_000), Shown]
DisplayName = Annotated[str, NFC, StringConstraints(max_length=64), Shown]
Bio = Annotated[str, NFC, StringConstraints(max_length=150)]
Filename = Annotated[str, NFC, StringConstraints(min_length=1, max_length=255)]
Username = Annotated[str, StringConstraints(pattern=rf"^{USERNAME.pattern}$")]
Password = Annotated[str, NFC, StringConstraints(min_length=8, max_length=128)]
GivenPassword = Annotated[str, NFC, StringConstraints(max_length=512)]
"""One that is compared, not kept: whatever was allowed when it was chosen."""
FORMAT = Field(json_schema_extra={"format": "email"})
Email = Annotated[str, NFC, StringConstraints(max_length=254), AfterValidator(_address), FORMAT]
"""By its form alone, whichever place takes it; whether anybody reads mail there, a confirmation tells."""


def fold_email(email: str) -> str:
    """An address as it is looked up: mail servers that tell cases apart are a legend."""
    return nfc(email).casefold()


def fold_username(username: str) -> str:
    """A username as it is compared. Usernames are ASCII, and so is folding: nothing outside becomes one of them."""
    return username.translate(LOWER)
