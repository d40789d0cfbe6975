"""What every adapter of Relations promises: it may know nothing, but never says what was true before a change."""

from collections.abc import Collection

import pytest

from projections.ports import Related, Relations
from schemas.ids import AccountId
from tests.contract.fixtures_read import EVERY_CACHES, ReadSide
from tests.contract.fixtures_write import unique

pytestmark = EVERY_CACHES


@pytest.fixture
def relations(read_side: ReadSide) -> Relations:
    return read_side.relations


@pytest.fixture
def remembers(relations: Relations) -> bool:
    """Whether this adapter keeps copies at all."""
    return type(relations).__name__ != "SqliteRelations"


def is_true_or_unknown(known: dict[str, bool], **said: bool) -> bool:
    return all(said[member] == value for member, value in known.items())


async def test_nothing_is_known_of_an_account_that_nobody_asked_about(relations: Relations, account: AccountId) -> None:
    assert (await relations.look(account, ["f1", "l2"]))[0] == {}


async def test_no_members_are_no_question(relations: Relations, account: AccountId) -> None:
    assert await relations.look(account, []) == ({}, "")
    await relations.fill("", [])
    await relations.note([])


async def test_what_was_filled_in_is_known(relations: Relations, account: AccountId, remembers: bool) -> None:
    _, lease = await relations.look(account, ["f1", "f2", "l3"])
    await relations.fill(lease, [Related(account, "f1", 4, True), Related(account, "f2", 0, False)])
    known, _ = await relations.look(account, ["f2", "f1", "l3"])
    assert known == ({"f1": True, "f2": False} if remembers else {})


async def test_a_change_of_what_is_known_is_known(relations: Relations, account: AccountId, remembers: bool) -> None:
    _, lease = await relations.look(account, ["f1"])
    await relations.fill(lease, [Related(account, "f1", 4, True)])
    await relations.note([Related(account, "f1", 5, False)])
    known, _ = await relations.look(account, ["f1"])
    assert known == ({"f1": False} if remembers else {})


async def test_a_change_between_look_and_fill_wins(relations: Relations, account: AccountId) -> None:
    _, lease = await relations.look(account, ["f1"])
    await relations.note([Related(account, "f1", 5, False)])
    await relations.fill(lease, [Related(account, "f1", 4, True)])
    assert is_true_or_unknown((await relations.look(account, ["f1"]))[0], f1=False)


async def test_an_older_change_that_comes_late_changes_nothing(relations: Relations, account: AccountId) -> None:
    _, lease = await relations.look(account, ["f1"])
    await relations.fill(lease, [Related(account, "f1", 6, True)])
    await relations.note([Related(account, "f1", 5, False)])
    assert is_true_or_unknown((await relations.look(account, ["f1"]))[0], f1=True)


async def test_a_change_is_heard_of_once_the_fence_returns(
    relations: Relations, read_side: ReadSide, account: AccountId
) -> None:
    """Of what the account was found to be, by whoever looks on: copied, or read beside the copies."""
    heard: list[Collection[str] | None] = []
    relations.hear(heard.append)
    _, lease = await relations.look(account, ["f1"])
    await relations.fill(lease, [Related(account, "f1", 4, True)])
    other = AccountId(unique("ac_other"))
    for one in (account, other):
        await relations.look(one, ["f1"])
        await read_side.caches.fence(read_side.caches.moment())
    heard.clear()
    await relations.look(account, ["f1"])
    await read_side.caches.fence(read_side.caches.moment())
    assert not heard
    await relations.note([Related(account, "f1", 5, False)])
    await read_side.caches.fence(read_side.caches.moment())
    assert [list(names or ["anything"]) for names in heard] == [[account]]


async def test_a_change_of_what_nobody_asked_for_is_not_kept(relations: Relations, account: AccountId) -> None:
    await relations.note([Related(account, "f1", 5, True)])
    assert (await relations.look(account, ["f1"]))[0] == {}


async def test_a_lease_from_before_everything_was_lost_fills_nothing(
    relations: Relations, account: AccountId, read_side: ReadSide
) -> None:
    """The change in between fell on nothing: a fill from before it must not be believed, whoever asked since."""
    _, old = await relations.look(account, ["f1"])
    await read_side.elapse(301)
    await relations.note([Related(account, "f1", 5, False)])
    _, _ = await relations.look(account, ["f1"])
    await relations.fill(old, [Related(account, "f1", 4, True)])
    assert is_true_or_unknown((await relations.look(account, ["f1"]))[0], f1=False)


async def test_under_another_master_nothing_is_known(
    relations: Relations, account: AccountId, read_side: ReadSide
) -> None:
    _, lease = await relations.look(account, ["f1"])
    await relations.fill(lease, [Related(account, "f1", 4, True)])
    await read_side.forget_feeds()
    assert (await relations.look(account, ["f1"]))[0] == {}
    await relations.fill(lease, [Related(account, "f1", 4, True)])
    assert (await relations.look(account, ["f1"]))[0] == {}


async def test_two_readers_who_miss_together_both_fill(
    relations: Relations, account: AccountId, remembers: bool
) -> None:
    _, first = await relations.look(account, ["f1"])
    _, second = await relations.look(account, ["f1", "f2"])
    await relations.fill(second, [Related(account, "f1", 4, True), Related(account, "f2", 2, True)])
    await relations.fill(first, [Related(account, "f1", 4, True)])
    known, _ = await relations.look(account, ["f1", "f2"])
    assert known == ({"f1": True, "f2": True} if remembers else {})


async def test_accounts_are_told_apart(relations: Relations, account: AccountId) -> None:
    other = AccountId(unique("ac"))
    _, lease = await relations.look(account, ["f1"])
    await relations.fill(lease, [Related(account, "f1", 4, True)])
    assert (await relations.look(other, ["f1"]))[0] == {}
