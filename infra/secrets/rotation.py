"""Rotation of the master key: every subject's key is wrapped anew, beside running processes; and how far that is.

Reads all stored forms of a vault, and replaces those that are not under the current master key, each only where it
still stands. So a key that is destroyed meanwhile stays destroyed, whoever dies in the middle starts again and finds
less to do, and two at once do no harm.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from infra.process.settings import SettingsInvalid
from infra.secrets.keyring import Keyring
from infra.secrets.wrapping import KeyPage, WrappedKey, WrappedKeys

PAGE = 1_000
EMPTIED_WITHIN_S, TRY_EVERY_S = 30.0, 0.2
UNKNOWN = "unknown"
"""Stands for the id of a master key where a form names none, and none of ours fits."""


@dataclass(frozen=True)
class Progress:
    """How far a rotation is. `share` is that of all keys that has been looked at; `left_s` is a guess."""

    rewrapped: int
    current: int
    destroyed: int
    share: float
    left_s: float

    @property
    def line(self) -> str:
        """For a terminal."""
        done = f"{self.rewrapped:,} keys rewrapped, {self.current:,} were current, {self.destroyed:,} destroyed"
        return f"{self.share:6.1%}  {done}; {self.left_s:,.0f} s left"


@dataclass(frozen=True)
class Rotated:
    """What a rotation came to. `emptied` False: a reader kept the store from forgetting the old forms' bytes."""

    rewrapped: int
    current: int
    destroyed: int
    emptied: bool


@dataclass(frozen=True)
class Status:
    """How many keys are under which master key, by its id, and how many are destroyed."""

    current: str
    keys: dict[str, int]
    destroyed: int


async def rotate(vault: WrappedKeys, report: Callable[[Progress], None], page_size: int = PAGE) -> Rotated:
    """Wraps every key under the current master key. Raises SettingsInvalid for one that is under none that is known."""
    begun, counts = asyncio.get_running_loop().time(), Counter[str]()
    after: str | None = ""
    while after is not None:
        page = await vault.wrapped_keys(after, page_size)
        await _rewrap(vault, page, counts)
        after = page.after
        report(_progress(counts, page.share, asyncio.get_running_loop().time() - begun))
    return Rotated(counts["rewrapped"], counts["current"], counts["destroyed"], await _emptied(vault))


async def status(vault: WrappedKeys, page_size: int = PAGE) -> Status:
    """Looks at every key."""
    keys, destroyed = Counter[str](), 0
    after: str | None = ""
    while after is not None:
        page = await vault.wrapped_keys(after, page_size)
        for key in page.keys:
            if key.wrapped is None:
                destroyed += 1
                continue
            under = vault.keyring.wrapped_under(key.subject, key.wrapped)
            keys[under.hex() if under else UNKNOWN] += 1
        after = page.after
    return Status(vault.keyring.current.hex(), dict(sorted(keys.items())), destroyed)


async def _rewrap(vault: WrappedKeys, page: KeyPage, counts: Counter[str]) -> None:
    changes = []
    for key in page.keys:
        if key.wrapped is None:
            counts["destroyed"] += 1
        elif vault.keyring.is_current(key.wrapped):
            counts["current"] += 1
        else:
            changes.append((key, _rewrapped(vault.keyring, key, key.wrapped)))
    if changes:
        counts["rewrapped"] += await vault.rewrap(changes)


def _rewrapped(keyring: Keyring, key: WrappedKey, wrapped: bytes) -> bytes:
    try:
        return keyring.rewrap(key.subject, wrapped)
    except ValueError:
        raise SettingsInvalid(
            f"the key of {key.subject} is wrapped under neither PHOTOLOG_SECRET nor PHOTOLOG_SECRET_PREVIOUS"
        ) from None


def _progress(counts: Counter[str], share: float, elapsed_s: float) -> Progress:
    left_s = elapsed_s * (1 - share) / share if share else 0.0
    return Progress(counts["rewrapped"], counts["current"], counts["destroyed"], share, left_s)


async def _emptied(vault: WrappedKeys) -> bool:
    """Readers of a server that runs beside are in the way for moments only."""
    loop = asyncio.get_running_loop()
    end = loop.time() + EMPTIED_WITHIN_S
    while not await vault.old_forms_gone():
        if loop.time() > end:
            return False
        await asyncio.sleep(TRY_EVERY_S)
    return True
