"""Slots of a Redis Cluster: whose a key is, what a command is about, and what a node says of others."""

import pytest
from hiredis import ReplyError

from infra.redis.commands import TRACKED
from infra.redis.slots import Redirect, Stretch, key_within, nothing, redirect, slot_of, stretches, units


@pytest.mark.parametrize(
    ("key", "slot"),
    [
        ("123456789", 12_739),  # 0x31C3, the check value of the specification
        ("foo", 12_182),
        ("{user1000}.following", 3_443),
        ("{user1000}.followers", 3_443),
        ("foo{}{bar}", 8_363),
        ("foo{{bar}}zap", 4_015),
        (b"foo{bar}{zap}", 5_061),
    ],
)
def test_a_key_has_the_slot_that_the_specification_says(key: str | bytes, slot: int) -> None:
    assert slot_of(key) == slot


def test_a_command_is_about_its_first_key_and_what_stands_before_it_goes_with_it() -> None:
    found = units([TRACKED, ("GET", "foo"), ("EVALSHA", "name", 1, "foo", "bar"), ("ZMSCORE", "bar", "foo")])
    assert [(unit.place, unit.slot, unit.tracked) for unit in found] == [
        (1, slot_of("foo"), True),
        (2, slot_of("foo"), False),
        (3, slot_of("bar"), False),
    ]


def test_redirects_are_read_and_nothing_else_is_one() -> None:
    assert redirect(ReplyError("MOVED 3999 127.0.0.1:6381")) == Redirect(3999, "127.0.0.1", 6381, asking=False)
    assert redirect(ReplyError("ASK 1 ::1:6381")) == Redirect(1, "::1", 6381, asking=True)
    assert redirect(ReplyError("MOVED 3999 :6381")) == Redirect(3999, "", 6381, asking=False)
    assert redirect(ReplyError("ERR MOVED")) is None
    assert redirect(b"MOVED 3999 127.0.0.1:6381") is None


def test_whose_slots_are_is_read_from_what_a_node_says() -> None:
    said = [[0, 99, [b"10.0.0.1", 7000, b"id", []], [b"10.0.0.2", 7001, b"id", []]], [100, 16_383, [None, 7002, b"id"]]]
    assert stretches(said) == [Stretch(0, 99, "10.0.0.1", 7000), Stretch(100, 16_383, "", 7002)]


def test_what_is_not_there_looks_as_redis_says_it() -> None:
    assert nothing(("GET", "foo")) is None
    assert nothing(("ZMSCORE", "foo", "a", "b")) == [None, None]


@pytest.mark.parametrize("slots", [{0}, {16_383}, set(range(5_461, 10_923))])
def test_a_key_is_found_for_any_slots(slots: set[int]) -> None:
    assert slot_of(key := key_within("probe", slots)) in slots
    assert key.startswith("probe")
