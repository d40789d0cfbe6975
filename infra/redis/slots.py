"""Slots of a Redis Cluster: which a key has, which key a command is about, and whose they are (CLUSTER SLOTS).

As the Redis Cluster specification has it: CRC16 (XMODEM) of the key, or of what stands in its first braces, mod 16384.
"""

from binascii import crc_hqx
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any, NamedTuple

from hiredis import ReplyError

from infra.redis.commands import TRACKED, Command

SLOTS = 16_384
SCRIPTED = {"EVALSHA", "EVAL"}
MOVED, ASK = "MOVED", "ASK"


class Stretch(NamedTuple):
    """Slots of one master."""

    first: int
    last: int
    host: str
    """Empty: the one that was asked."""
    port: int


class Unit(NamedTuple):
    """A command and what must go right before it."""

    place: int
    """Of the command itself, among all."""
    slot: int
    tracked: bool


class Redirect(NamedTuple):
    """Where a slot is, says a node that has it not, or not all of it (`asking`)."""

    slot: int
    host: str
    port: int
    asking: bool


def slot_of(key: str | bytes | int) -> int:
    """0 to 16383."""
    name = key if isinstance(key, bytes) else str(key).encode()
    if (begin := name.find(b"{")) >= 0 and (end := name.find(b"}", begin + 1)) > begin + 1:
        name = name[begin + 1 : end]
    return crc_hqx(name, 0) % SLOTS


def units(commands: Sequence[Command]) -> list[Unit]:
    """In their order. Each command but TRACKED is about its first key."""
    found: list[Unit] = []
    for place, command in enumerate(commands):
        if command is not TRACKED:
            key = command[3] if command[0] in SCRIPTED else command[1]
            found.append(Unit(place, slot_of(key), place > 0 and commands[place - 1] is TRACKED))
    return found


def stretches(said: Iterable[Any]) -> list[Stretch]:
    """What CLUSTER SLOTS answers: first slot, last slot, the master, its replicas."""
    return [Stretch(first, last, (host or b"").decode(), port) for first, last, (host, port, *_), *_ in said]


def redirect(reply: Any) -> Redirect | None:
    """What `MOVED 3999 127.0.0.1:6381` and `ASK ...` say; None: another reply."""
    if not isinstance(reply, ReplyError):
        return None
    word, *rest = str(reply).split(" ")
    if word not in (MOVED, ASK):
        return None
    host, _, port = rest[1].rpartition(":")
    return Redirect(int(rest[0]), host, int(port), word == ASK)


def nothing(command: Command) -> Any:
    """What a read behind TRACKED is told where there is nothing."""
    name, _, *members = command
    return [None] * len(members) if name == "ZMSCORE" else None


def key_within(beginning: str, slots: set[int]) -> str:
    """A key that begins so and lies in one of these slots."""
    return next(key for number in count() if slot_of(key := f"{beginning}{{{number}}}") in slots)
