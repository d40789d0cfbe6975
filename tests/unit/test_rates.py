"""How often in a minute: what is stated, and what becomes of it while nobody can count."""

from typing import Any, cast

import pytest

from commands.limits import STATED
from commands.passwords import GuardedPasswords
from commands.ports import Gates, Quota
from commands.rates import AddressRates, Rates, left
from infra.process.settings import Settings
from infra.wiring.assembly import limits_of
from schemas.errors import RateLimited, Unavailable
from tests.unit.samples import ANN, NOON


class Answering:
    """Gates that answer this, or raise it."""

    def __init__(self, answer: Quota | Exception) -> None:
        self.answer = answer
        self.asked: tuple[object, ...] = ()
        self.times = 0

    async def draw(self, *asked: object) -> Quota:
        self.asked = asked
        self.times += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    take = peek = draw


def rates(gates: Answering) -> Rates:
    return Rates(cast(Gates, gates), lambda: NOON)


def test_what_is_stated_is_what_a_site_has_unless_it_says_otherwise() -> None:
    assert (STATED.comments_per_minute, STATED.follows_per_minute, STATED.uploads_per_minute) == (30, 60, 10)
    assert limits_of(Settings()) == STATED


async def test_each_account_has_a_gate_for_each_thing_and_hears_what_is_left() -> None:
    gates = Answering(Quota(True, 30, 29, NOON + 1))
    quota = await rates(gates).take("comments", ANN)
    assert gates.asked == (f"comments:{ANN}", 30, 60, NOON)
    assert left(quota) == {
        "X_RateLimit_Limit": "30",
        "X_RateLimit_Remaining": "29",
        "X_RateLimit_Reset": str(NOON // 1000 + 1),
    }


async def test_once_too_many_is_refused_with_when_to_go_on() -> None:
    with pytest.raises(RateLimited) as refused:
        await rates(Answering(Quota(False, 60, 0, NOON + 5_000))).take("follows", ANN)
    assert refused.value.headers()["Retry-After"] == "5"
    assert refused.value.headers()["X-RateLimit-Limit"] == "60"


async def test_where_nobody_counts_nobody_is_held_up() -> None:
    assert left(await rates(Answering(Unavailable())).take("uploads", ANN)) == {}


async def test_gates_that_are_away_hold_no_address_up_and_are_left_alone_for_a_moment() -> None:
    now, gates = [NOON], Answering(Unavailable())
    addresses = AddressRates(cast(Gates, gates), lambda: now[0])
    assert [await addresses.take("203.0.113.7") for _ in range(3)] == [None] * 3
    assert gates.times == 1
    now[0] += 1_000
    gates.answer = Quota(False, 100, 0, NOON + 9_000)
    with pytest.raises(RateLimited):
        await addresses.take("203.0.113.7")
    assert gates.asked == ("address:203.0.113.7", 100, 60, NOON + 1_000)


async def test_no_password_is_compared_while_nobody_counts_the_wrong_ones() -> None:
    nothing = cast(Any, object())
    guarded = GuardedPasswords(nothing, cast(Gates, Answering(Unavailable())), nothing, lambda: NOON)
    with pytest.raises(Unavailable):
        await guarded.allow("a name")
