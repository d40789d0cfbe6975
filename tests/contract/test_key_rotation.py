"""The contract of WrappedKeys, and the rotation over it: keys stay as they are, destroyed ones destroyed."""

import pytest

from infra.cql.vault import CqlVault
from infra.process.settings import SettingsInvalid
from infra.secrets.keyring import ID_BYTES, master_id
from infra.secrets.rotation import UNKNOWN, Progress, rotate, status
from infra.secrets.wrapping import WrappedKey
from infra.sqlite.vault import SqliteVault
from schemas.errors import Gone
from tests.contract.fixtures_write import EVERY_LEDGER, MASTER_KEY, WriteSide, unique

pytestmark = EVERY_LEDGER

NEW, STRANGE = bytes(range(100, 132)), bytes(range(200, 232))
AnyVault = SqliteVault | CqlVault


class Stopped(Exception):
    """The rotation's process died here."""


def opened(write_side: WriteSide, *master_keys: bytes) -> AnyVault:
    """The vault of a process that knows these."""
    assert write_side.under is not None
    return write_side.under(*master_keys)


def silent(_progress: Progress) -> None:
    """Nobody looks."""


async def stored_form(vault: AnyVault, subject: str) -> bytes:
    wrapped = await vault.wrapped_key(subject)
    assert wrapped is not None
    return wrapped


async def test_after_a_rotation_every_key_is_as_it_was_and_needs_the_new_master_key_alone(
    write_side: WriteSide,
) -> None:
    running, subjects = opened(write_side, MASTER_KEY, NEW), [unique("ac") for _ in range(25)]
    made = {subject: await running.create_key(subject) for subject in subjects}
    seen: list[Progress] = []
    done = await rotate(opened(write_side, NEW, MASTER_KEY), seen.append, page_size=10)
    assert done.rewrapped >= len(subjects)
    assert done.emptied
    assert [step.share for step in seen] == sorted(step.share for step in seen)
    assert (seen[-1].share, seen[-1].left_s) == (1.0, 0.0)
    assert await opened(write_side, NEW).keys(subjects) == made
    assert await running.keys(subjects) == made, "who runs beside knows both"
    with pytest.raises(ValueError, match="master key"):
        await opened(write_side, MASTER_KEY).keys(subjects)


async def test_a_rotation_that_is_repeated_finds_nothing_to_do(write_side: WriteSide) -> None:
    vault = opened(write_side, NEW, MASTER_KEY)
    await opened(write_side, MASTER_KEY).create_key(unique("ac"))
    await rotate(vault, silent)
    again = await rotate(vault, silent)
    assert again.rewrapped == 0
    assert again.current > 0


async def test_a_rotation_that_died_goes_on_where_it_was(write_side: WriteSide) -> None:
    old, both = opened(write_side, MASTER_KEY), opened(write_side, NEW, MASTER_KEY)
    await rotate(both, silent)
    subjects = [unique("ac") for _ in range(9)]
    made = {subject: await old.create_key(subject) for subject in subjects}

    def die(progress: Progress) -> None:
        if progress.rewrapped:
            raise Stopped

    with pytest.raises(Stopped):
        await rotate(both, die, page_size=3)
    rest = await rotate(both, silent, page_size=3)
    assert 0 < rest.rewrapped < len(subjects)
    assert await opened(write_side, NEW).keys(subjects) == made


async def test_keys_from_before_master_keys_had_ids_are_rotated_too(write_side: WriteSide) -> None:
    vault, subject = opened(write_side, NEW, MASTER_KEY), unique("ac")
    key, wrapped = opened(write_side, MASTER_KEY).keyring.make(subject)
    assert await vault.create_wrapped(subject, wrapped[ID_BYTES:]) == wrapped[ID_BYTES:]
    assert await vault.keys([subject]) == {subject: key}
    await rotate(vault, silent)
    assert (await stored_form(vault, subject)).startswith(master_id(NEW))
    assert await opened(write_side, NEW).keys([subject]) == {subject: key}


async def test_a_key_that_is_destroyed_during_a_rotation_stays_destroyed(write_side: WriteSide) -> None:
    old, both = opened(write_side, MASTER_KEY), opened(write_side, NEW, MASTER_KEY)
    erased, beforehand = unique("ac"), unique("ac")
    await old.create_key(erased)
    await old.destroy_key(beforehand)
    looked_at = WrappedKey(erased, await stored_form(both, erased))
    assert looked_at.wrapped is not None
    late = both.keyring.rewrap(erased, looked_at.wrapped)
    await old.destroy_key(erased)
    assert await both.rewrap([(looked_at, late)]) == 0
    await rotate(both, silent)
    for vault in (old, both, opened(write_side, NEW)):
        assert await vault.keys([erased, beforehand]) == {erased: None, beforehand: None}
        with pytest.raises(Gone):
            await vault.create_key(erased)


async def test_what_stands_under_a_subject_is_never_replaced_by_another_first_form(write_side: WriteSide) -> None:
    vault, subject = opened(write_side, MASTER_KEY), unique("ac")
    first, other = vault.keyring.wrap(subject, bytes(32)), vault.keyring.wrap(subject, bytes(range(32)))
    assert await vault.wrapped_key(subject) is None
    assert await vault.create_wrapped(subject, first) == first
    assert await vault.create_wrapped(subject, other) == first
    await vault.destroy_key(subject)
    assert await vault.wrapped_key(subject) is None
    with pytest.raises(Gone):
        await vault.create_wrapped(subject, other)


async def test_a_key_under_no_master_key_of_ours_ends_the_rotation_and_is_left_as_it_is(write_side: WriteSide) -> None:
    strange, both, subject = opened(write_side, STRANGE), opened(write_side, NEW, MASTER_KEY), unique("ac")
    key = await strange.create_key(subject)
    try:
        with pytest.raises(SettingsInvalid, match=subject):
            await rotate(both, silent)
        assert await strange.keys([subject]) == {subject: key}
        assert (await status(both)).keys[master_id(STRANGE).hex()] == 1
    finally:
        await strange.destroy_key(subject)


async def test_the_status_counts_keys_by_their_master_key(write_side: WriteSide) -> None:
    old, both = opened(write_side, MASTER_KEY), opened(write_side, NEW, MASTER_KEY)
    await rotate(both, silent)
    before = await status(both)
    for _ in range(3):
        await old.create_key(unique("ac"))
    await both.create_key(unique("ac"))
    await old.destroy_key(unique("ac"))
    unnamed = unique("ac")
    await both.create_wrapped(unnamed, opened(write_side, STRANGE).keyring.make(unnamed)[1][ID_BYTES:])
    after = await status(both, page_size=2)
    await both.destroy_key(unnamed)
    current = master_id(NEW).hex()
    assert before.current == after.current == current
    assert after.keys[master_id(MASTER_KEY).hex()] == 3
    assert after.keys[current] == before.keys.get(current, 0) + 1
    assert after.keys[UNKNOWN] == 1
    assert after.destroyed == before.destroyed + 1


async def test_no_byte_of_an_old_form_is_left_on_disk(write_side: WriteSide) -> None:
    if write_side.on_disk is None:
        pytest.skip("this backend's files cannot be read from here")
    vault, subjects = opened(write_side, MASTER_KEY), [unique("ac") for _ in range(300)]
    for subject in subjects:
        await vault.create_key(subject)
    old = [write_side.on_disk.wrapped_key(subject) for subject in subjects]
    assert (await rotate(opened(write_side, NEW, MASTER_KEY), silent, page_size=100)).emptied
    left = write_side.on_disk.everything()
    assert [form for form in old if any(form[at : at + 20] in left for at in (8, 28, 48))] == []
    assert all(write_side.on_disk.wrapped_key(subject) in left for subject in subjects)
