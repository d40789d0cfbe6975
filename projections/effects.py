"""What a projection can say (effects), and how it is declared. Pure: processors/ applies effects, nothing here does.

A new kind of effect is a Reaction in a file of its own, with an applier that the wiring names.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from events.delivery import Delivery
from events.envelope import Event, Recorded
from events.upcasters import may_be, today_of
from schemas.ids import AccountId, Millis, PostId
from schemas.tables import Key, Table


class Effect:
    """Something that an event asks for. Says what, never how."""

    __slots__ = ()


class Reaction(Effect):
    """What follows from rows: carried out after them, at least once, many at once."""

    __slots__ = ()


class Put(Effect):
    """A whole row: every key column and every column of the table."""

    __slots__ = ("key", "row", "table")

    def __init__(self, table: Table, **row: Any) -> None:
        if row.keys() != table.types.keys():
            raise TypeError(f"a Put writes every column of {table.name}: {sorted(row.keys() ^ table.types.keys())}")
        self.table = table
        self.row = row
        self.key: Key = table.key(row)

    def __repr__(self) -> str:
        return f"Put({self.table.name}, {self.row})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Put) and (self.table.name, self.row) == (other.table.name, other.row)

    __hash__ = None  # type: ignore[assignment]


class Delete(Effect):
    """No row from now on: every key column."""

    __slots__ = ("key", "table")

    def __init__(self, table: Table, **key: Any) -> None:
        if set(key) != set(table.key_columns):
            raise TypeError(
                f"a Delete names the whole key of {table.name}: {sorted(set(key) ^ set(table.key_columns))}"
            )
        self.table = table
        self.key: Key = tuple(key[name] for name in table.key_columns)

    def __repr__(self) -> str:
        return f"Delete({self.table.name}, {self.key})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Delete) and (self.table.name, self.key) == (other.table.name, other.key)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True)
class FanOut(Reaction):
    """Push a published post into the feeds of the author's followers."""

    author_id: AccountId
    post_id: PostId
    published_at: Millis


@dataclass(frozen=True)
class Backfill(Reaction):
    """Push what the followee published into the new follower's feed."""

    follower_id: AccountId
    followee_id: AccountId


@dataclass(frozen=True)
class Weigh(Reaction):
    """See whether an account's followers have become too many to push to."""

    account_id: AccountId


@dataclass(frozen=True)
class Settle(Reaction):
    """Push what an author published from then on, when it was perhaps left to readers, and say that this is done."""

    author_id: AccountId
    since: Millis


Effects = Iterable[Effect]
Projector = Callable[[Recorded[Any]], Effects]
F = TypeVar("F", bound=Callable[..., Effects])


@dataclass
class Projection:
    """A read model: the topics it reads, the tables that it owns, and its functions. What is read together is one."""

    name: str
    topics: Sequence[str]
    tables: Sequence[Table]
    version: int = 1
    shape: int = 1
    """Raised with whatever makes rows say something else, a new column for one. A version keeps the shape it has."""
    earlier: "tuple[Projection, ...]" = ()
    """What it was in earlier shapes, functions included: each is kept until no site has a version of it."""
    functions: dict[type[Event], Projector] = field(default_factory=dict)
    sealed: set[type[Event]] = field(default_factory=set)
    """Of these events no function looks at a personal field."""

    @property
    def id(self) -> str:
        """Under which its positions are kept."""
        return f"{self.name}@v{self.version}"

    def shaped(self, shape: int, version: int) -> "Projection | None":
        """A version of this shape; None: it is a later release's."""
        for one in (self, *self.earlier):
            if one.shape == shape:
                return replace(one, version=version, earlier=self.earlier)
        return None

    def projects(self, *event_types: type[Event], sealed: bool = False) -> Callable[[F], F]:
        """Registers the function of these events. `sealed`: it does not look at their personal fields, so that these
        are not opened for it."""

        def register(function: F) -> F:
            for event_type in event_types:
                if event_type in self.functions:
                    raise TypeError(f"{self.name} projects {event_type.__name__} twice")
                self.functions[event_type] = function
                if sealed:
                    self.sealed.add(event_type)
            return function

        return register

    def reads(self, stored: str) -> bool:
        """Whether events that are stored under this name may change anything; also true of a name that nobody knows."""
        return may_be(stored, self.functions)

    def opens(self, stored: str) -> bool:
        """Whether any function looks at personal fields of events that are stored under this name."""
        return today_of(stored) not in self.sealed

    def plan(self, delivery: Delivery) -> list[Effect]:
        """What this event asks for."""
        return self.effects(delivery.recorded)

    def effects(self, recorded: Recorded[Event]) -> list[Effect]:
        """What this event changes; nothing for an event that the projection does not know."""
        function = self.functions.get(type(recorded.event))
        return [] if function is None else list(function(recorded))
