"""Opened events are remembered for a while, never for longer; nothing is sealed with a key that is gone."""

from pathlib import Path

import pytest

from commands.accounts import ChangeProfile, account_stream
from commands.remembered import REMEMBERED, REMEMBERED_S, remembered
from commands.sealing import Sealing
from events.accounts import AccountOpened
from events.personal import REDACTED
from schemas.errors import TokenInvalid
from tests.integration.handlers import cause
from tests.integration.stores import open_site


class HandTime:
    """Steady seconds that a test moves."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def test_a_destroyed_key_redacts_what_was_remembered_within_its_time(tmp_path: Path) -> None:
    site, time = open_site(tmp_path), HandTime()
    ann = await site.account("ann")
    rows, sealing = await site.ledger.load(account_stream(ann)), Sealing(site.vault, remembered(time))
    (before,) = await sealing.opened(rows)
    assert isinstance(before.event, AccountOpened)
    assert before.event.username == "ann"
    await site.vault.destroy_key(ann)
    time.now += REMEMBERED_S
    (after,) = await sealing.opened(rows)
    assert isinstance(after.event, AccountOpened)
    assert (after.event.username, after.event.email) == (REDACTED, REDACTED)


async def test_an_account_whose_key_is_gone_says_nothing_more(tmp_path: Path) -> None:
    site = open_site(tmp_path)
    ann = await site.account("ann")
    await site.vault.destroy_key(ann)
    with pytest.raises(TokenInvalid):
        await site.handler.handle(ChangeProfile(ann, None, "still here"), cause("late"))
    assert len(await site.ledger.load(account_stream(ann))) == 1


async def test_memory_is_bounded(tmp_path: Path) -> None:
    site, time = open_site(tmp_path), HandTime()
    ann, sealing = await site.account("ann"), Sealing(site.vault, remembered(time))
    for number in ("1", "2", "3"):
        await site.handler.handle(ChangeProfile(ann, None, number), cause(number))
    for row in await site.ledger.load(account_stream(ann)):
        time.now += REMEMBERED_S / 2
        await sealing.opened([row])
    assert len(sealing.seen) == 2 <= REMEMBERED == sealing.seen.maxsize
