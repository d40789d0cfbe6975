"""The blocklist: what a photo resembles, and what a list may say."""

import random

import pytest

from processors.blocklist import MOST_BITS, Blocklist, Entry, Hit, Looks, NoBlocklist, read
from schemas.errors import Unavailable

DRAWN = random.Random(7)


def differing(look: int, bits: int) -> str:
    """A look that differs in so many bits."""
    for bit in DRAWN.sample(range(64), bits):
        look ^= 1 << bit
    return f"{look:016x}"


@pytest.mark.parametrize("distance", [0, 7, 8, MOST_BITS])
def test_whatever_is_near_enough_is_found_and_nothing_else(distance: int) -> None:
    entries = [Entry(DRAWN.getrandbits(64), distance, str(number)) for number in range(300)]
    looks = Looks(entries)
    for _ in range(100):
        entry, bits = DRAWN.choice(entries), DRAWN.randrange(24)
        look = differing(entry.look, bits)
        near = [(entry.look ^ int(look, 16)).bit_count() for entry in entries]
        found = looks.nearest(look)
        assert (found.distance if found else None) == (min(near) if min(near) <= distance else None)


def test_each_entry_has_a_distance_of_its_own_and_the_nearest_counts() -> None:
    looks = read("0000000000000000 2 narrow\n# a comment\n00000000000000FF 12 wide  # another\n\nf0f0f0f0f0f0f0f0", 4)
    assert len(looks) == 3
    assert looks.nearest("0000000000000003") == Hit("narrow", 2)
    assert looks.nearest("0000000000000007") == Hit("wide", 5)
    assert looks.nearest("f0f0f0f0f0f0f0ff") == Hit("f0f0f0f0f0f0f0f0", 4)
    assert looks.nearest("f0f0f0f0f0f0ffff") is None


@pytest.mark.parametrize("line", ["00ff", "00ff00ff00ff00fg", "00ff00ff00ff00ff 16", "00ff00ff00ff00ff00"])
def test_what_is_no_list_is_refused_by_its_line_and_without_its_words(line: str) -> None:
    with pytest.raises(NoBlocklist, match=r"^line 2: ") as refused:
        read(f"00ff00ff00ff00ff\n{line}", 8)
    assert line not in str(refused.value)


async def test_another_list_is_in_force_once_the_time_has_come_and_a_broken_one_never() -> None:
    texts, now = ["00ff00ff00ff00ff 0 one"], 0.0

    async def source() -> str:
        return texts[-1]

    blocklist = Blocklist(source, 8, 3600, lambda: now)
    assert await blocklist.hit("00ff00ff00ff00ff") == Hit("one", 0)
    texts.append("ff00ff00ff00ff00 0 two")
    assert await blocklist.hit("ff00ff00ff00ff00") is None
    now = 3600.0
    assert await blocklist.hit("ff00ff00ff00ff00") == Hit("two", 0)
    texts.append("no list")
    now = 7200.0
    assert await blocklist.hit("ff00ff00ff00ff00") == Hit("two", 0)
    assert blocklist.failed == 1


async def test_while_there_is_no_list_yet_nothing_passes() -> None:
    readable = False

    async def source() -> str:
        if not readable:
            raise FileNotFoundError
        return ""

    blocklist = Blocklist(source)
    with pytest.raises(Unavailable):
        await blocklist.hit("00ff00ff00ff00ff")
    readable = True
    assert await blocklist.hit("00ff00ff00ff00ff") is None


async def test_without_a_list_everything_passes() -> None:
    assert await Blocklist().hit("00ff00ff00ff00ff") is None
