"""What every adapter of Caches promises: a fill is stored only if nobody dropped the key since the miss."""

import asyncio
from collections.abc import Collection

from projections.ports import Caches, Lease
from tests.contract.fixtures_read import EVERY_CACHES, ReadSide
from tests.contract.fixtures_write import unique

pytestmark = EVERY_CACHES

TTL_S = 60


async def cached(caches: Caches, *keys: str) -> dict[str, bytes]:
    return (await caches.get(keys, TTL_S))[0]


async def leased(caches: Caches, key: str) -> Lease:
    found, (lease,) = await caches.get([key], TTL_S)
    assert found == {}
    assert lease.key == key
    return lease


async def filled(caches: Caches, content: bytes = b"content") -> str:
    """A key that is cached."""
    key = unique("key")
    await caches.fill({await leased(caches, key): content}, TTL_S)
    return key


async def test_a_filled_entry_is_found(caches: Caches) -> None:
    key = await filled(caches, b"\x00 any bytes \xff")
    assert await caches.get([key], TTL_S) == ({key: b"\x00 any bytes \xff"}, [])


async def test_an_entry_may_be_empty(caches: Caches) -> None:
    key = await filled(caches, b"")
    assert await caches.get([key], TTL_S) == ({key: b""}, [])


async def test_each_missing_key_comes_with_a_lease_of_its_own(caches: Caches) -> None:
    there, missing = await filled(caches), [unique("key") for _ in range(3)]
    found, leases = await caches.get([missing[0], there, *missing[1:]], TTL_S)
    assert found.keys() == {there}
    assert sorted(lease.key for lease in leases) == sorted(missing)
    await caches.fill({lease: lease.key.encode() for lease in leases}, TTL_S)
    assert await cached(caches, *missing) == {key: key.encode() for key in missing}


async def test_many_keys_can_be_asked_for_at_once(caches: Caches) -> None:
    keys = [unique("key") for _ in range(500)]
    _, leases = await caches.get(keys, TTL_S)
    await caches.fill(dict.fromkeys(leases, b"x"), TTL_S)
    assert await cached(caches, *keys) == dict.fromkeys(keys, b"x")


async def test_no_keys_are_no_entries_and_no_leases(caches: Caches) -> None:
    assert await caches.get([], TTL_S) == ({}, [])
    await caches.fill({}, TTL_S)
    await caches.drop([])


async def test_keys_may_hold_any_text(caches: Caches) -> None:
    keys = [f"{unique('key')}{odd}" for odd in (" '\"\\", ":{}*?[a]", "日本 🙂", "\n")]
    _, leases = await caches.get(keys, TTL_S)
    await caches.fill({lease: lease.key.encode() for lease in leases}, TTL_S)
    assert await cached(caches, *keys) == {key: key.encode() for key in keys}


async def test_a_fill_after_a_drop_is_not_stored(caches: Caches) -> None:
    key = unique("key")
    lease = await leased(caches, key)
    await caches.drop([key])
    await caches.fill({lease: b"old"}, TTL_S)
    assert await cached(caches, key) == {}


async def test_a_lease_from_before_a_drop_never_fills_over_one_from_after(caches: Caches) -> None:
    key = unique("key")
    old = await leased(caches, key)
    await caches.drop([key])
    new = await leased(caches, key)
    assert new != old
    await caches.fill({old: b"old"}, TTL_S)
    assert await cached(caches, key) == {}
    await caches.fill({await leased(caches, key): b"new"}, TTL_S)
    await caches.fill({old: b"old"}, TTL_S)
    assert await cached(caches, key) == {key: b"new"}


async def test_a_drop_forgets_the_entry(caches: Caches) -> None:
    dropped, kept = await filled(caches), await filled(caches)
    await caches.drop([dropped, unique("never cached")])
    assert (await cached(caches, dropped, kept)).keys() == {kept}


async def test_a_lease_that_was_made_up_fills_nothing(caches: Caches) -> None:
    key, there = unique("key"), await filled(caches)
    await caches.fill({Lease(key, "nonce"): b"x", Lease(there, ""): b"x"}, TTL_S)
    assert await cached(caches, key, there) == {there: b"content"}


async def test_a_lease_of_one_key_fills_no_other(caches: Caches) -> None:
    first, second = unique("key"), unique("key")
    lease = await leased(caches, first)
    await leased(caches, second)
    await caches.fill({Lease(second, lease.nonce): b"x"}, TTL_S)
    assert await cached(caches, second) == {}


async def test_one_of_two_readers_that_miss_together_fills(caches: Caches) -> None:
    key = unique("key")
    leases = [await leased(caches, key), await leased(caches, key)]
    for lease in leases:
        await caches.fill({lease: b"content"}, TTL_S)
    assert await cached(caches, key) == {key: b"content"}


async def test_a_drop_takes_the_lease_of_every_reader_that_missed(caches: Caches) -> None:
    key = unique("key")
    leases = [await leased(caches, key) for _ in range(3)]
    await caches.drop([key])
    for lease in leases:
        await caches.fill({lease: b"old"}, TTL_S)
    assert await cached(caches, key) == {}


async def test_an_entry_ends_after_its_time(caches: Caches, read_side: ReadSide) -> None:
    key = await filled(caches)
    await read_side.elapse(TTL_S - 5)
    assert await cached(caches, key)
    await read_side.elapse(10)
    assert await cached(caches, key) == {}


async def test_an_entry_that_ended_can_be_filled_again(caches: Caches, read_side: ReadSide) -> None:
    key = await filled(caches)
    await read_side.elapse(TTL_S + 1)
    await caches.fill({await leased(caches, key): b"again"}, TTL_S)
    assert await cached(caches, key) == {key: b"again"}


async def test_a_lease_ends_after_its_time(caches: Caches, read_side: ReadSide) -> None:
    key = unique("key")
    lease = await leased(caches, key)
    await read_side.elapse(TTL_S + 1)
    await caches.fill({lease: b"late"}, TTL_S)
    assert await cached(caches, key) == {}


async def test_a_hundred_readers_and_a_change_never_leave_an_old_entry(caches: Caches) -> None:
    key, truth = unique("key"), [0]

    async def reader() -> None:
        _, leases = await caches.get([key], TTL_S)
        seen = str(truth[0]).encode()
        await asyncio.sleep(0)  # others come in between what is read and what is filled
        await caches.fill(dict.fromkeys(leases, seen), TTL_S)

    async def change() -> None:
        truth[0] += 1
        await caches.drop([key])

    await asyncio.gather(*(change() if turn % 7 == 3 else reader() for turn in range(100)))
    assert (await cached(caches, key)).get(key) in (None, str(truth[0]).encode())


async def test_a_change_is_heard_of_once_the_fence_returns(caches: Caches) -> None:
    heard: set[str] = set()

    def changed(keys: Collection[str] | None) -> None:
        heard.update({"anything"} if keys is None else keys)

    caches.hear(changed)
    there, other, absent = await filled(caches), await filled(caches), unique("key")
    await caches.get([there, other, absent], TTL_S)
    heard.clear()
    since = caches.moment()
    await caches.fence(since)
    assert there not in heard
    await caches.drop([there])
    await caches.fence(caches.moment())
    assert there in heard
    assert not heard & {other, "anything"}
