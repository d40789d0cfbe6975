"""Snowflakes: unique, rising, below the ceiling that the ledger holds, whatever the clock and however many ask."""

import asyncio

import pytest

from commands.ids import Snowflakes
from infra.sqlite.database import SqliteDatabase
from infra.sqlite.ledger import SqliteLedger
from schemas.ids import ALPHABET, EPOCH, ID_DIGITS, MACHINE_BITS, SEQUENCE_BITS, Millis, base62
from tests.unit.samples import NOON


class HandClock:
    """A clock that a test moves."""

    def __init__(self, now: Millis = NOON) -> None:
        self.now = now

    def __call__(self) -> Millis:
        return self.now


@pytest.fixture
def ledger(tmp_path_factory: pytest.TempPathFactory) -> SqliteLedger:
    return SqliteLedger(SqliteDatabase(tmp_path_factory.mktemp("ids") / "log.sqlite", "NORMAL"))


def time_of(digits: str) -> Millis:
    """The time inside an id."""
    number = 0
    for digit in digits:
        number = number * len(ALPHABET) + ALPHABET.index(digit)
    return (number >> (MACHINE_BITS + SEQUENCE_BITS)) + EPOCH


async def test_ids_of_one_process_rise_even_within_a_millisecond(ledger: SqliteLedger) -> None:
    ids = Snowflakes(ledger, HandClock())
    issued = [await ids.digits() for _ in range(5_000)]
    assert issued == sorted(set(issued))
    assert time_of(issued[0]) == NOON
    assert time_of(issued[-1]) == NOON + 1, "a millisecond has 4,096 ids; more of them borrow the next"


async def test_ids_follow_the_clock(ledger: SqliteLedger) -> None:
    clock = HandClock()
    ids = Snowflakes(ledger, clock)
    await ids.digits()
    clock.now += 777
    assert time_of(await ids.digits()) == NOON + 777


async def test_a_clock_that_goes_back_does_not_take_ids_with_it(ledger: SqliteLedger) -> None:
    clock = HandClock()
    ids = Snowflakes(ledger, clock)
    before = await ids.digits()
    clock.now -= 10_000
    assert await ids.digits() > before


async def test_a_restarted_process_issues_only_later_ids_whatever_its_clock_says(ledger: SqliteLedger) -> None:
    clock = HandClock()
    first = Snowflakes(ledger, clock)
    issued = [await first.digits() for _ in range(10)]
    clock.now += 90_000
    issued += [await first.digits() for _ in range(10)]
    clock.now = NOON - 3_600_000
    assert await Snowflakes(ledger, clock).digits() > max(issued)


async def test_many_who_ask_at_once_get_different_ids_also_while_the_ceiling_is_raised(ledger: SqliteLedger) -> None:
    clock = HandClock()
    ids = Snowflakes(ledger, clock)
    issued: list[str] = []
    for _ in range(5):
        issued += await asyncio.gather(*(ids.digits() for _ in range(50)))
        clock.now += 120_000
    assert len(set(issued)) == 250


async def test_no_id_is_issued_above_the_promised_ceiling(ledger: SqliteLedger) -> None:
    clock = HandClock()
    ids = Snowflakes(ledger, clock)
    for step in (0, 1, 29_000, 31_000, 60_000, 500_000):
        clock.now += step
        issued = await ids.digits()
        _, ceiling = await ledger.claim_machine(clock.now)
        assert time_of(issued) <= ceiling


def test_digits_have_a_fixed_width_and_sort_like_numbers() -> None:
    numbers = [0, 1, 61, 62, 3843, 3844, 2**63, 2**64 - 1]
    digits = [base62(number) for number in numbers]
    assert digits == sorted(digits)
    assert {len(text) for text in digits} == {ID_DIGITS}
    assert list(ALPHABET) == sorted(ALPHABET), "or ids would not sort by time"


def test_more_than_64_bits_do_not_fit() -> None:
    with pytest.raises(ValueError, match="more than 64 bits"):
        base62(len(ALPHABET) ** ID_DIGITS)
