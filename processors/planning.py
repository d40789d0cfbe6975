"""Plans: from entries of the log to what a subscriber asks for. Pure once the keys are there: what fails is poison.

Keys are fetched first: a vault that is away is nobody's fault, and raises what it raises.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from traceback import extract_tb
from typing import Any, Protocol

from commands.ports import Entry, Vault
from events.codec import Keys, NewerVersion, Undecodable, decode_loaded, load
from events.delivery import Delivery
from events.envelope import Event, Recorded
from events.upcasters import sealed_in
from processors.counts import LIVE_LANE
from projections.effects import Effect, Reaction
from schemas.positions import Position


class Subscriber(Protocol):
    """Whoever is fed by the log: a projection, or what reacts to events."""

    @property
    def id(self) -> str:
        """Under which its positions are kept."""

    @property
    def topics(self) -> Sequence[str]:
        """What it is fed from."""

    def reads(self, stored: str) -> bool:
        """Whether events that are stored under this name are planned. Those of a known name that are not are passed
        over undecoded, so that nothing that is wrong with them holds anything up here."""

    def opens(self, stored: str) -> bool:
        """Whether `plan` looks at personal fields of events that are stored under this name. Else they stay sealed, so
        that no key is asked for and nothing that is wrong with them holds anything up here."""

    def plan(self, delivery: Delivery) -> Iterable[Effect]:
        """What this event asks for. Pure: no store, no clock; the same event is planned again after a crash."""


class Poison(Exception):
    """An event that this subscriber cannot be fed with, however often it is tried. Never holds a value."""

    def __init__(self, code: str, field: str) -> None:
        super().__init__(f"{code} at {field}" if field else code)
        self.code = code
        self.field = field


@dataclass(frozen=True)
class Plan:
    """An event, and what it asks for."""

    delivery: Delivery
    effects: Sequence[Effect]
    lane: str = LIVE_LANE

    @cached_property
    def reactions(self) -> list[Reaction]:
        """What follows once the rows are written."""
        return [effect for effect in self.effects if isinstance(effect, Reaction)]


Loaded = dict[str, Any] | Poison
"""What an entry says, undecoded, or why it says nothing."""


async def keys_of(entries: Iterable[Entry], vault: Vault) -> Keys:
    """The keys that these entries are sealed with; those that nobody can read need none. Raises what the vault does."""
    return await _keys([raw for entry in entries if not isinstance(raw := tried(entry), Poison)], vault)


async def keys_of_loaded(said: Iterable[Loaded], vault: Vault, subscriber: Subscriber) -> Keys:
    """The keys of what this subscriber has opened, of what was loaded already."""
    return await _keys([raw for raw in said if not isinstance(raw, Poison) and subscriber.opens(_name(raw))], vault)


async def _keys(said: Iterable[Mapping[str, Any]], vault: Vault) -> Keys:
    subjects = {str(raw.get("subject", "")) for raw in said if sealed_in(_name(raw))}
    return await vault.keys(sorted(subjects)) if subjects else {}


def planned(entry: Entry, keys: Keys, subscriber: Subscriber) -> Plan:
    """What an entry asks for. Raises Poison, or NewerVersion."""
    return planned_loaded(tried(entry), entry.position, keys, subscriber)


def planned_loaded(said: Loaded, position: Position, keys: Keys, subscriber: Subscriber) -> Plan:
    """The same of what was loaded already, and stands there."""
    if isinstance(said, Poison):
        raise said
    delivery = Delivery(read_loaded(said, keys, subscriber.opens(_name(said))), position)
    try:
        return Plan(delivery, list(subscriber.plan(delivery)))
    except Exception as error:
        raise Poison("not_planned", _place(error)) from error


def read(entry: Entry, keys: Keys) -> Recorded[Event]:
    """The event in an entry, personal fields opened where the key still stands. Raises Poison, or NewerVersion."""
    return read_loaded(loaded(entry), keys)


def tried(entry: Entry) -> Loaded:
    """What an entry says, or why it says nothing, for whoever finds that out later."""
    try:
        return loaded(entry)
    except Poison as poison:
        return poison


def loaded(entry: Entry) -> dict[str, Any]:
    """What an entry says, undecoded. Raises Poison."""
    try:
        return load(entry.wire)
    except Undecodable as error:
        raise Poison(error.code, error.field) from None


def read_loaded(raw: Mapping[str, Any], keys: Keys, opens: bool = True) -> Recorded[Event]:
    """The event in what an entry says. Raises Poison, or NewerVersion."""
    try:
        return decode_loaded(raw, keys, opens)
    except NewerVersion:
        raise
    except Undecodable as error:
        raise Poison(error.code, error.field) from None
    except Exception as error:
        raise Poison("not_decoded", _place(error)) from error


def _name(raw: Mapping[str, Any]) -> str:
    """Under which it is stored."""
    return str(raw.get("type"))


def _place(error: Exception) -> str:
    """Which error, and where in the code: its text may hold a value."""
    last = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}"
