"""Sign-ups, which span two streams, killed or paused at every step; on SQLite and on the cluster."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from commands.accounts import ChangeProfile, account_stream, username_stream
from schemas.errors import Unavailable
from schemas.ids import AccountId
from tests.contract.fixtures_write import unique
from tests.integration.schedules.fate import (
    Fate,
    Fault,
    Gate,
    Killed,
    dies_after,
    dies_before,
    loses_the_answer,
    pauses_after,
)
from tests.integration.schedules.write_judge import assert_sound
from tests.integration.schedules.write_processes import FORMS, WriteSite, write_site


@pytest.fixture(params=FORMS)
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[WriteSite]:
    async with write_site(request, tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("death", [dies_before, dies_after])
@pytest.mark.parametrize("step", ["create_key", "announce", "insert", "append", "move_mark"])
async def test_a_sign_up_killed_anywhere_is_there_wholly_or_not_at_all(
    site: WriteSite, step: str, death: Fault
) -> None:
    name, account = unique("name"), AccountId(unique("ac"))
    dying = site.process(fate=Fate().at(step, death))
    claim = await site.claim(account, name)

    async def signs_up() -> None:
        await dying.vault.create_key(account)
        await dying.does(claim, "signs up")

    with pytest.raises(Killed):
        await signs_up()
    await site.reconciled()
    streams = [account_stream(account), username_stream(name)]
    lengths = {len(await site.stores.ledger.load(stream)) for stream in streams}
    assert len(lengths) == 1, "both streams or neither"
    await assert_sound(site, streams, {})
    told = {"signs up": await site.process().does(claim, "signs up")}
    assert len(told["signs up"].positions) == 2
    await assert_sound(site, streams, told)


async def test_a_sign_up_killed_between_its_two_streams_is_finished_by_anyone(site: WriteSite) -> None:
    name, account = unique("name"), AccountId(unique("ac"))
    claim = await site.claim(account, name)
    # The name's row is inserted, then the carried account's.
    dying = site.process(fate=Fate().at("insert", dies_after))
    with pytest.raises(Killed):
        await dying.does(claim, "signs up")
    assert await site.stores.ledger.load(account_stream(account)) == []
    gate = Gate()
    slow = site.process(fate=Fate().at("insert", pauses_after(gate)))
    finishing = asyncio.create_task(slow.handler.state(username_stream(name)))
    await gate.reached.wait()
    changed = {"bio": await site.process().does(ChangeProfile(account, None, "here"), "bio")}
    await site.reconciled()
    gate.open()
    assert await finishing == account
    await assert_sound(site, [account_stream(account), username_stream(name)], changed)


async def test_a_sign_up_whose_append_is_uncertain_is_finished_once(site: WriteSite) -> None:
    name, account = unique("name"), AccountId(unique("ac"))
    claim = await site.claim(account, name)
    with pytest.raises(Unavailable):
        await site.process(fate=Fate().at("append", loses_the_answer)).does(claim, "signs up")
    assert await site.reconciled() == 2
    await assert_sound(site, [account_stream(account), username_stream(name)], {})
