"""Sealing one personal value: who can open it, and what it is bound to."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.personal import REDACTED, readable, seal, unseal

KEY, OTHER_KEY = bytes(32), bytes(31) + b"\x01"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(JSON)
def test_whatever_json_can_say_comes_back(value: Any) -> None:
    assert unseal(seal(value, KEY, "ev_1", "caption"), KEY, "ev_1", "caption") == value


def test_without_the_key_a_value_is_redacted() -> None:
    sealed = seal("secret", KEY, "ev_1", "caption")
    assert unseal(sealed, None, "ev_1", "caption") is REDACTED
    assert repr(REDACTED) == "REDACTED"


@pytest.mark.parametrize(
    ("key", "event", "field"),
    [(OTHER_KEY, "ev_1", "caption"), (KEY, "ev_2", "caption"), (KEY, "ev_1", "bio")],
    ids=["another key", "another event", "another field"],
)
def test_a_value_opens_only_with_its_key_for_its_event_and_field(key: bytes, event: str, field: str) -> None:
    sealed = seal("secret", KEY, "ev_1", "caption")
    with pytest.raises(ValueError, match="was not sealed with this subject's key") as refusal:
        unseal(sealed, key, event, field)
    assert "secret" not in str(refusal.value)


def test_the_same_value_never_looks_the_same_twice() -> None:
    assert len({seal("x", KEY, "ev_1", "caption") for _ in range(10)}) == 10


def test_readable_is_the_value_or_none() -> None:
    assert readable("x") == "x"
    assert readable("") == ""
    assert readable(REDACTED) is None
