"""What a process remembers: kept only if nothing was heard since before it was read, and read once by many."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from query_api.memory import Entry, Memory


class Store:
    """Says what it is asked, once it is let."""

    def __init__(self, open_: bool = True) -> None:
        self.asked: list[list[str]] = []
        self.gate = asyncio.Event()
        if open_:
            self.gate.set()

    async def load(self, names: Sequence[str]) -> Mapping[str, Entry]:
        self.asked.append(list(names))
        number = len(self.asked)
        await self.gate.wait()
        return {name: Entry(f"{name} as of {number}") for name in names}


async def test_what_was_read_is_not_read_again() -> None:
    memory, store = Memory(), Store()
    await memory.read(["a", "b"], store.load)
    found = await memory.read(["b", "c", "b"], store.load)
    assert store.asked == [["a", "b"], ["c"]]
    assert {name: entry.row for name, entry in found.items()} == {"b": "b as of 1", "c": "c as of 2"}


async def test_what_changed_is_read_again() -> None:
    memory, store = Memory(), Store()
    await memory.read(["a", "b"], store.load)
    memory.forget(["a"])
    assert set(memory.entries) == {"b"}
    memory.forget(None)
    assert not memory.entries


async def test_what_changes_while_it_is_read_is_answered_but_not_kept() -> None:
    memory, store = Memory(), Store(open_=False)
    reading = asyncio.create_task(memory.read(["a", "b"], store.load))
    await asyncio.sleep(0)
    memory.forget(["a"])
    store.gate.set()
    assert (await reading)["a"].row == "a as of 1"
    assert set(memory.entries) == {"b"}


async def test_nothing_is_kept_of_a_read_during_which_everything_was_forgotten() -> None:
    memory, store = Memory(), Store(open_=False)
    reading = asyncio.create_task(memory.read(["a"], store.load))
    await asyncio.sleep(0)
    memory.forget(None)
    store.gate.set()
    await reading
    assert not memory.entries


async def test_many_who_miss_the_same_wait_for_one_read() -> None:
    memory, store = Memory(), Store(open_=False)
    readers = [asyncio.create_task(memory.read(["a"], store.load)) for _ in range(50)]
    await asyncio.sleep(0)
    store.gate.set()
    await asyncio.gather(*readers)
    assert store.asked == [["a"]]


async def test_who_comes_after_a_change_does_not_wait_for_a_read_from_before_it() -> None:
    memory, store = Memory(), Store(open_=False)
    first = asyncio.create_task(memory.read(["a"], store.load))
    await asyncio.sleep(0)
    memory.forget(["a"])
    second = asyncio.create_task(memory.read(["a"], store.load))
    await asyncio.sleep(0)
    store.gate.set()
    assert (await first)["a"].row == "a as of 1"
    assert (await second)["a"].row == "a as of 2"
    assert memory.entries["a"].row == "a as of 2"


async def test_who_waits_for_a_read_that_fails_reads_for_itself() -> None:
    memory, store = Memory(), Store()

    async def fails(names: Sequence[str]) -> Mapping[str, Entry]:
        await asyncio.sleep(0)
        raise OSError(names)

    first = asyncio.create_task(memory.read(["a"], fails))
    await asyncio.sleep(0)
    second = asyncio.create_task(memory.read(["a"], store.load))
    with pytest.raises(OSError, match="a"):
        await first
    assert (await second)["a"].row == "a as of 1"


async def test_it_is_bounded_and_the_oldest_go_first() -> None:
    memory, store = Memory(most=3), Store()
    await memory.read(["a", "b"], store.load)
    await memory.read(["c", "d"], store.load)
    assert list(memory.entries) == ["b", "c", "d"]
