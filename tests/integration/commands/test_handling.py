"""Commands on a real ledger and log: one order for everybody, and nothing twice, whoever dies in between."""

import asyncio
from collections.abc import Sequence

import pytest

from commands.accounts import ChangeProfile, account_stream
from commands.follows import FollowAccount, UnfollowAccount
from commands.handling import MAX_CONFLICTS, Handler
from commands.ports import Entry, LedgerRow
from events.accounts import ProfileChanged
from schemas.errors import TokenInvalid, Unavailable
from schemas.ids import AccountId
from schemas.refusals import UnknownAccount
from tests.integration.handlers import Alone, a_handler, cause
from tests.integration.schedules.fate import Fate, Fault, Faulty, Killed, dies_after, dies_before
from tests.integration.stores import Site


class Contested:
    """A ledger in which somebody else decides first, so many times."""

    def __init__(self, site: Site, rivals: int) -> None:
        self.rivals = rivals
        self._site = site
        self.newest, self.mark, self.move_mark = site.ledger.newest, site.ledger.mark, site.ledger.move_mark
        self.settled = site.ledger.settled
        self.claim_machine, self.raise_ceiling = site.ledger.claim_machine, site.ledger.raise_ceiling

    async def insert(self, rows: Sequence[LedgerRow]) -> bool:
        if self.rivals:
            self.rivals -= 1
            account = AccountId(rows[0].stream.partition("/")[2])
            rival = ChangeProfile(account, None, f"rival {self.rivals}")
            await self._site.handler.handle(rival, cause(f"rival {self.rivals}"))
        return await self._site.ledger.insert(rows)


def handler_over(site: Site, store: object) -> Handler:
    """A handler without transactions over another ledger."""
    return a_handler(store, site.log, site.announcements, site.vault, Alone(), instance="other")  # type: ignore[arg-type]


def mortal(site: Site, fate: Fate) -> Handler:
    """The handler of another process, without transactions, that meets its fate."""
    real = (site.ledger, site.log, site.announcements, site.vault)
    ledger, log, announcements, vault = (Faulty(one, fate) for one in real)
    return a_handler(ledger, log, announcements, vault, Alone(), instance="other")


async def logged(site: Site, stream: str) -> list[Entry]:
    """What the log holds of a stream."""
    ends = await site.log.ends()
    entries = [entry for place in ends for entry in await site.log.read(*place, 0, 1_000)]
    return [entry for entry in entries if entry.stream == stream]


async def test_concurrent_commands_on_one_stream_take_versions_in_turn_and_are_logged_in_that_order(site: Site) -> None:
    ann = await site.account("ann")
    said = [ChangeProfile(ann, None, f"bio {number}") for number in range(20)]
    decisions = await asyncio.gather(*(site.handler.handle(change, cause(change.bio or "")) for change in said))
    entries = await logged(site, account_stream(ann))
    assert [entry.version for entry in entries] == list(range(1, 22))
    assert sorted(event.version for decision in decisions for event in decision.events) == list(range(2, 22))
    assert [entry.event_id for entry in entries] == [
        row.event_id for row in await site.ledger.load(account_stream(ann))
    ]


async def test_the_same_command_twice_adds_nothing_and_answers_the_same(site: Site) -> None:
    ann = await site.account("ann")
    first = await site.handler.handle(ChangeProfile(ann, None, "a"), cause("once"))
    await site.handler.handle(ChangeProfile(ann, None, "b"), cause("between"))
    again = await site.handler.handle(ChangeProfile(ann, None, "a"), cause("once"))
    assert again.events == first.events
    assert again.state.bio == "b", "it was done, and something came after it"
    assert len(await logged(site, account_stream(ann))) == 3


async def test_a_command_that_decides_nothing_answers_where_its_state_can_be_seen(site: Site) -> None:
    ann, ben = await site.account("ann"), await site.account("ben")
    followed = await site.handler.handle(FollowAccount(ben, ann), cause("follow"))
    again = await site.handler.handle(FollowAccount(ben, ann), cause("again"))
    assert (again.events, again.positions) == ([], followed.positions)
    nothing = await site.handler.handle(UnfollowAccount(ann, ben), cause("never followed"))
    assert (nothing.events, nothing.positions) == ([], [])


async def test_what_stands_above_the_mark_is_logged_by_whoever_loads_the_stream_next(site: Site) -> None:
    ann = await site.account("ann")
    dying = mortal(site, Fate().at("append", dies_before))
    with pytest.raises(Killed):
        await dying.handle(ChangeProfile(ann, None, "last words"), cause("last"))
    assert len(await logged(site, account_stream(ann))) == 1
    assert (await site.handler.state(account_stream(ann))).bio == "last words"
    assert [entry.version for entry in await logged(site, account_stream(ann))] == [1, 2]
    mark = await site.ledger.mark(account_stream(ann))
    assert mark is not None
    assert mark.version == 2


@pytest.mark.parametrize("death", [dies_before, dies_after])
@pytest.mark.parametrize("step", ["announce", "insert", "append", "move_mark"])
async def test_a_retried_command_adds_nothing_wherever_its_process_died(site: Site, step: str, death: Fault) -> None:
    ann, change = await site.account("ann"), "said once"
    with pytest.raises(Killed):
        await mortal(site, Fate().at(step, death)).handle(ChangeProfile(ann, None, change), cause("retried"))
    decision = await site.handler.handle(ChangeProfile(ann, None, change), cause("retried"))
    assert [event.event.bio for event in decision.events if isinstance(event.event, ProfileChanged)] == [change]
    entries = await logged(site, account_stream(ann))
    assert len({entry.event_id for entry in entries}) == 2, "a late duplicate may be there, another event may not"
    assert [row.version for row in await site.ledger.load(account_stream(ann))] == [1, 2]
    assert decision.positions[0].offset in {entry.position.offset for entry in entries if entry.version == 2}


async def test_a_command_that_lost_the_slot_decides_again_on_what_is_so_now(site: Site) -> None:
    ann = await site.account("ann")
    handler = handler_over(site, Contested(site, rivals=3))
    decision = await handler.handle(ChangeProfile(ann, None, "mine"), cause("mine"))
    assert [event.version for event in decision.events] == [5]
    assert [entry.version for entry in await logged(site, account_stream(ann))] == [1, 2, 3, 4, 5]


async def test_too_many_conflicts_are_an_overload(site: Site) -> None:
    ann = await site.account("ann")
    handler = handler_over(site, Contested(site, rivals=MAX_CONFLICTS))
    with pytest.raises(Unavailable):
        await handler.handle(ChangeProfile(ann, None, "mine"), cause("mine"))


async def test_an_account_that_does_not_exist_commands_nothing(site: Site) -> None:
    ann, nobody = await site.account("ann"), AccountId("ac_nobody")
    with pytest.raises(TokenInvalid):
        await site.handler.handle(FollowAccount(nobody, ann), cause("follow"))
    with pytest.raises(UnknownAccount):
        await site.handler.handle(FollowAccount(ann, nobody), cause("follow nobody"))
    assert await logged(site, f"follow/{ann}/{nobody}") == []


async def test_an_account_is_read_once_for_all_who_follow_it_at_a_time(site: Site) -> None:
    ann, *others = [await site.account(name) for name in ("ann", "ben", "cid", "dan")]
    fate = Fate()
    handler = mortal(site, fate)
    for other in others:
        assert (await handler.handle(FollowAccount(other, ann), cause(f"{other} follows"))).events
    assert fate.taken.count("newest") == 1 + 4 * len(others), "ann's once; each actor's, follow's, and two blocks'"


async def test_only_an_account_that_is_there_is_remembered(site: Site) -> None:
    ann, late = await site.account("ann"), AccountId("ac_00000000009")
    with pytest.raises(UnknownAccount):
        await site.handler.handle(FollowAccount(ann, late), cause("early"))
    await site.account("late", late)
    assert (await site.handler.handle(FollowAccount(ann, late), cause("late"))).events


async def test_a_refused_command_leaves_nothing(site: Site) -> None:
    before = await site.log.ends()
    with pytest.raises(UnknownAccount):
        await site.handler.handle(ChangeProfile(AccountId("ac_nobody"), None, "x"), cause("x"))
    assert await site.log.ends() == before
