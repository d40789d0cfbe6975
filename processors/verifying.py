"""Verify: what a version's tables hold, against an independent fold of the log up to the positions where it is paused.

The fold batches otherwise, keeps a digest of each row in a file (Folded), and knows nothing of how adapters write.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol

import orjson

from commands.ports import Entry, Log, Vault
from processors.batches import wanted
from processors.dead_letters import Letters
from processors.holds import Holds
from processors.planning import keys_of_loaded, planned_loaded, tried
from projections.effects import Delete, Projection, Put
from projections.ports import Stored, Tables
from schemas.positions import Partition
from schemas.tables import SIZE, Key, Row, Table

BATCH = 777
"""Entries that are folded at once: unlike any batch of the runtime."""
NAMED = 20
"""Differences that are named; all are counted."""


class Digest(NamedTuple):
    """What is known of a row: its number, and what it holds; nothing where it is deleted."""

    number: int
    content: bytes | None


class Folded(Protocol):
    """Digests by table and key. Of one key the highest number stands, and of equal ones the first."""

    def put(self, table: str, rows: Iterable[tuple[Key, Digest]]) -> None:
        """Notes these, in their order."""

    def take(self, table: str, keys: Sequence[Key]) -> Mapping[Key, Digest]:
        """What stands for these keys; from now on they are taken."""

    def left(self, table: str) -> Iterable[tuple[Key, Digest]]:
        """What nobody took."""


@dataclass
class Verdict:
    """What was compared, and what differed."""

    rows: int = 0
    counts: int = 0
    forgotten: int = 0
    """Rows of subjects whose key is destroyed: of these presence and number are compared, and not the columns; and
    nothing where people are known by the key, as the log names it no more."""
    differing: Counter[str] = field(default_factory=Counter)
    named: list[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        return not self.differing

    def differs(self, how: str, table: Table, key: Key) -> None:
        """One more that is not as it must be."""
        self.differing[how] += 1
        if len(self.named) < NAMED:
            self.named.append(f"{table.name} {orjson.dumps(key).decode()}: {how}")


@dataclass(frozen=True)
class Verifier:
    """Compares one version of a projection."""

    projection: Projection
    tables: Tables
    """Of this version."""
    log: Log
    vault: Vault
    letters: Letters
    folded: Folded
    keyed: frozenset[str]
    """Tables by whose keys people are known: what is there of those who are forgotten, no fold can name any more."""

    async def fold(
        self, ends: Mapping[Partition, int], holds: Mapping[Partition, Holds], say: Callable[[int], None]
    ) -> None:
        """Everything below these ends. `say` hears of how many events are folded."""
        folded = 0
        for partition, end in ends.items():
            async for entries in self._entries(partition, end):
                await self._fold(entries, holds[partition])
                folded += len(entries)
                say(folded)

    async def compare(self) -> Verdict:
        """What is stored with what was folded, and each count with the rows that it counts."""
        verdict = Verdict()
        for table in self.projection.tables:
            sizes: Counter[Key] = Counter()
            async for stored in self.tables.stored(table):
                forgotten = await self._forgotten(table, stored)
                due = self.folded.take(table.name, [one.key for one in stored])
                for one in stored:
                    if table.name in self.keyed and one.key not in due and (one.row is None or one.key in forgotten):
                        verdict.forgotten += 1
                    else:
                        _compare(verdict, table, one, due.get(one.key), one.key in forgotten)
                    if table.counts and one.row is not None:
                        sizes[tuple(one.row[name] for name in table.counts.per_columns)] += 1
            for key, digest in self.folded.left(table.name):
                if digest.content is not None:
                    verdict.differs("is missing", table, key)
            if table.counts:
                await self._compare_sizes(verdict, table, sizes)
        return verdict

    async def _entries(self, partition: Partition, end: int) -> AsyncIterator[Sequence[Entry]]:
        start = 0
        while start < end:
            entries = await self.log.read(*partition, start, min(BATCH, end - start))
            yield entries
            start = entries[-1].position.offset + 1

    async def _fold(self, entries: Sequence[Entry], holds: Holds) -> None:
        read = [(entry.position, tried(entry)) for _, entry in wanted(entries, self.projection, holds, self.letters)]
        keys = await keys_of_loaded([said for _, said in read], self.vault, self.projection)
        rows: dict[str, list[tuple[Key, Digest]]] = {}
        for position, said in read:
            plan = planned_loaded(said, position, keys, self.projection)
            number = plan.delivery.recorded.version
            for effect in plan.effects:
                if isinstance(effect, Put | Delete):
                    content = _content(effect.row) if isinstance(effect, Put) else None
                    rows.setdefault(effect.table.name, []).append((effect.key, Digest(number, content)))
        for table, of_table in rows.items():
            self.folded.put(table, of_table)

    async def _forgotten(self, table: Table, stored: Sequence[Stored]) -> set[Key]:
        """The keys of rows whose subject's key is destroyed."""
        if table.subject is None:
            return set()
        subjects = {one.key: str(one.row[table.subject]) for one in stored if one.row is not None}
        keys = await self.vault.keys(sorted(set(subjects.values())))
        return {key for key, subject in subjects.items() if keys[subject] is None}

    async def _compare_sizes(self, verdict: Verdict, table: Table, counted: Counter[Key]) -> None:
        sums: Counter[Key] = Counter()
        width = len(table.sizes.partition_columns)
        async for stored in self.tables.stored(table.sizes):
            for one in stored:
                sums[one.key[:width]] += one.row[SIZE] if one.row is not None else 0
        for key in sums.keys() | counted.keys():
            verdict.counts += 1
            if sums[key] != counted[key]:
                verdict.differs(f"counts {sums[key]}, has {counted[key]}", table.sizes, key)


def _compare(verdict: Verdict, table: Table, one: Stored, due: Digest | None, forgotten: bool) -> None:
    verdict.rows += one.row is not None
    verdict.forgotten += forgotten
    if due is None:
        verdict.differs("is too much", table, one.key)
    elif (one.row is None) != (due.content is None):
        verdict.differs("is deleted" if one.row is None else "must be deleted", table, one.key)
    elif one.number != due.number:
        verdict.differs(f"has number {one.number}, not {due.number}", table, one.key)
    elif one.row is not None and not forgotten and _content(one.row) != due.content:
        verdict.differs("holds something else", table, one.key)


def _content(row: Row | Mapping[str, Any]) -> bytes:
    return blake2b(orjson.dumps(row, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()
