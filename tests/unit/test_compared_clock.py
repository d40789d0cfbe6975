"""ComparedClock with clocks that the test moves: commands are refused while it is certainly off, reads go on."""

import pytest

from infra.process.clock import TOLERANCE_MS, ComparedClock
from schemas.errors import Unavailable
from schemas.ids import Millis
from tests.unit.samples import NOON

MINUTE_MS = 60_000


class Hands:
    """A wall clock, a steady one, and the stores', which takes its time to answer."""

    def __init__(self) -> None:
        self.wall: Millis = NOON
        self.steady_ms = 5_000.0
        self.stores: Millis = NOON
        self.there_ms, self.back_ms = 1, 1
        """What a question and its answer take."""
        self.jump_on_the_way = 0

    def pass_ms(self, milliseconds: int) -> None:
        """Time goes by, for every clock."""
        self.wall += milliseconds
        self.steady_ms += milliseconds
        self.stores += milliseconds

    async def asked(self) -> Millis:
        self.pass_ms(self.there_ms)
        told = self.stores
        self.wall += self.jump_on_the_way
        self.pass_ms(self.back_ms)
        return told


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def clock(hands: Hands) -> ComparedClock:
    return ComparedClock(hands.asked, lambda: hands.wall, lambda: hands.steady_ms / 1_000)


def refuses(clock: ComparedClock) -> bool:
    """Whether commands are refused, as an overload is; the time can be read all the same."""
    assert clock() > 0
    try:
        clock.check()
    except Unavailable:
        return True
    return False


async def test_a_refusal_says_when_to_try_again(hands: Hands, clock: ComparedClock) -> None:
    hands.wall += MINUTE_MS
    await clock.compare()
    with pytest.raises(Unavailable) as refusal:
        clock.check()
    assert (refusal.value.status, refusal.value.retry_after) == (503, 5)


async def test_a_clock_that_goes_with_the_stores_refuses_nothing(hands: Hands, clock: ComparedClock) -> None:
    await clock.compare()
    hands.pass_ms(MINUTE_MS)
    await clock.compare()
    assert not refuses(clock)
    assert clock.off_ms == 0


@pytest.mark.parametrize("jump", [TOLERANCE_MS + 10, -TOLERANCE_MS - 10, 30 * MINUTE_MS, -30 * MINUTE_MS])
async def test_a_clock_that_was_off_from_the_start_is_found_out(hands: Hands, clock: ComparedClock, jump: int) -> None:
    hands.wall += jump
    await clock.compare()
    assert refuses(clock)


@pytest.mark.parametrize("jump", [TOLERANCE_MS + 10, -TOLERANCE_MS - 10])
async def test_a_jump_is_noticed_before_the_stores_are_asked_again(
    hands: Hands, clock: ComparedClock, jump: int
) -> None:
    await clock.compare()
    hands.wall += jump
    assert refuses(clock)
    await clock.compare()
    assert refuses(clock)


async def test_a_clock_that_is_set_right_again_serves_again(hands: Hands, clock: ComparedClock) -> None:
    hands.wall += MINUTE_MS
    await clock.compare()
    assert refuses(clock)
    hands.wall -= MINUTE_MS
    assert not refuses(clock)
    await clock.compare()
    assert not refuses(clock)


@pytest.mark.parametrize(("there", "back"), [(8_000, 0), (0, 8_000)])
async def test_an_answer_that_was_long_on_its_way_says_nothing_against_the_clock(
    hands: Hands, clock: ComparedClock, there: int, back: int
) -> None:
    hands.there_ms, hands.back_ms = there, back
    await clock.compare()
    assert not refuses(clock)


@pytest.mark.parametrize(("there", "back"), [(8_000, 0), (0, 8_000)])
@pytest.mark.parametrize("jump", [3_000, -3_000])
async def test_an_answer_that_was_long_on_its_way_does_not_clear_a_clock_that_is_off(
    hands: Hands, clock: ComparedClock, there: int, back: int, jump: int
) -> None:
    hands.wall += jump
    await clock.compare()
    hands.there_ms, hands.back_ms = there, back
    await clock.compare()
    assert refuses(clock), "it fits to what was known better"


@pytest.mark.parametrize("jump", [5_000, -5_000])
async def test_a_jump_while_the_stores_are_asked_is_noticed(hands: Hands, clock: ComparedClock, jump: int) -> None:
    hands.jump_on_the_way = jump
    await clock.compare()
    assert refuses(clock)
    hands.jump_on_the_way = 0
    await clock.compare()
    assert refuses(clock)


async def test_while_the_stores_are_away_the_last_comparison_stands(hands: Hands) -> None:
    away = False

    async def asked() -> Millis:
        if away:
            raise Unavailable
        return hands.stores

    clock = ComparedClock(asked, lambda: hands.wall, lambda: hands.steady_ms / 1_000)
    hands.wall += MINUTE_MS
    await clock.compare()
    away = True
    with pytest.raises(Unavailable):
        await clock.compare()
    assert refuses(clock)
