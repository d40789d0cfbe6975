"""Markers: texts that nobody else writes, one for each personal field, and how they might be hidden in bytes."""

import base64
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields

LENGTH = 16


def marker() -> str:
    """16 letters and digits that are valid in every field, also after folding."""
    return secrets.token_hex(LENGTH // 2)


def degrees(most: int) -> float:
    """A coordinate with three decimals, none of them zero."""
    return round(secrets.randbelow(most) + (secrets.randbelow(9) + 1) / 10 + 0.011 * (secrets.randbelow(9) + 1), 3)


@dataclass(frozen=True)
class Markers:
    """What one account says, in every field that is marked personal."""

    username: str = field(default_factory=marker)
    email: str = field(default_factory=marker)
    display_name: str = field(default_factory=marker)
    bio: str = field(default_factory=marker)
    filename: str = field(default_factory=marker)
    caption: str = field(default_factory=marker)
    hashtag: str = field(default_factory=marker)
    tag: str = field(default_factory=marker)
    alt_text: str = field(default_factory=marker)
    comment: str = field(default_factory=marker)
    edited: str = field(default_factory=marker)
    latitude: float = field(default_factory=lambda: degrees(89))
    longitude: float = field(default_factory=lambda: degrees(179))

    @property
    def texts(self) -> list[str]:
        """All of them. A place is looked for as it is written: no other bytes hold it by chance."""
        said = [getattr(self, one.name) for one in fields(self) if one.type == "str" or one.type is str]
        return [*said, f'"lat":{self.latitude},"lon":{self.longitude}']


def found(texts: Iterable[str], content: bytes) -> set[str]:
    """Which of these the content holds: as they are, or in hex or base64, wherever they begin within it."""
    folded = content.lower()
    return {text for text in texts if any(form in content or form.lower() in folded for form in _forms(text.encode()))}


def _forms(text: bytes) -> Iterator[bytes]:
    yield text
    yield text.hex().encode()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for before in range(3):
            encoded = encode(b"\0" * before + text)
            # What surrounds the text changes the first and the last digits: only those between are its own.
            whole = encoded[-(-before * 4 // 3) : len(encoded) - 4 if (before + len(text)) % 3 else None]
            yield whole
