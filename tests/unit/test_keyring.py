"""Subject keys under the master key: bound to their subject, remembered for a bounded time and in a bounded number."""

import pytest

from infra.secrets.keyring import ID_BYTES, Keyring, master_id

MASTER, OTHER = bytes(range(32)), bytes(range(1, 33))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_wrapped_key_comes_back() -> None:
    key, wrapped = Keyring(MASTER).make("ac_1")
    assert len(wrapped) == 68
    assert key not in wrapped
    assert Keyring(MASTER).unwrap("ac_1", wrapped) == key


def test_a_key_is_for_its_own_subject_and_master_key_alone() -> None:
    _, wrapped = Keyring(MASTER).make("ac_1")
    with pytest.raises(ValueError, match="ac_2"):
        Keyring(MASTER).unwrap("ac_2", wrapped)
    with pytest.raises(ValueError, match="master key"):
        Keyring(OTHER).unwrap("ac_1", wrapped)


def test_a_master_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes instead of 32"):
        Keyring(MASTER[:16])


def test_a_remembered_key_is_given_only_for_the_wrapped_form_that_it_came_from() -> None:
    keyring = Keyring(MASTER)
    (first, wrapped_first), (second, wrapped_second) = keyring.make("ac_1"), keyring.make("ac_1")
    assert keyring.unwrap("ac_1", wrapped_first) == first
    assert keyring.unwrap("ac_1", wrapped_second) == second
    assert keyring.unwrap("ac_1", wrapped_second) == second


def test_a_key_is_forgotten_at_once_on_demand() -> None:
    keyring = Keyring(MASTER)
    keyring.unwrap("ac_1", keyring.make("ac_1")[1])
    assert "ac_1" in keyring
    keyring.forget("ac_1")
    assert "ac_1" not in keyring


def test_a_key_leaves_memory_after_its_time() -> None:
    clock = Clock()
    keyring = Keyring(MASTER, ttl_s=60, clock=clock)
    keyring.unwrap("ac_1", keyring.make("ac_1")[1])
    clock.now = 59
    keyring.unwrap("ac_2", keyring.make("ac_2")[1])
    assert "ac_1" in keyring
    clock.now = 60
    keyring.unwrap("ac_3", keyring.make("ac_3")[1])
    assert ["ac_1" in keyring, "ac_2" in keyring, "ac_3" in keyring] == [False, True, True]


def test_beyond_the_limit_the_oldest_key_leaves_memory() -> None:
    keyring = Keyring(MASTER, limit=2)
    for subject in ("ac_1", "ac_2", "ac_3"):
        keyring.unwrap(subject, keyring.make(subject)[1])
    assert ["ac_1" in keyring, "ac_2" in keyring, "ac_3" in keyring] == [False, True, True]


def test_a_key_that_was_wrapped_before_master_keys_had_ids_comes_back() -> None:
    key, wrapped = Keyring(MASTER).make("ac_1")
    unnamed = wrapped[ID_BYTES:]
    assert len(unnamed) == 60
    for keyring in (Keyring(MASTER), Keyring(OTHER, MASTER)):
        assert keyring.unwrap("ac_1", unnamed) == key
        assert keyring.wrapped_under("ac_1", unnamed) == master_id(MASTER)
        assert not keyring.is_current(unnamed)
    assert Keyring(OTHER).wrapped_under("ac_1", unnamed) is None


def test_after_a_rotation_old_keys_come_back_and_new_ones_are_under_the_new_master_key() -> None:
    key, wrapped = Keyring(MASTER).make("ac_1")
    both = Keyring(OTHER, MASTER)
    assert both.unwrap("ac_1", wrapped) == key
    rewrapped = both.rewrap("ac_1", wrapped)
    assert (both.is_current(wrapped), both.is_current(rewrapped)) == (False, True)
    assert Keyring(OTHER).unwrap("ac_1", rewrapped) == key
    with pytest.raises(ValueError, match="master key"):
        Keyring(MASTER).unwrap("ac_1", rewrapped)
