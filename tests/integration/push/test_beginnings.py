"""Where pushes begin: at the end of the log, when a site first has them, or has lost where they were."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from infra.wiring.subscribers import PUSHES
from processors.beginnings import begin_now
from projections.site import SiteRow
from schemas.ids import AccountId
from tests.integration.push.town import Town, town
from tests.integration.stores import Site, opened_site
from tests.push.apns import refusal
from tests.push.gateways import Gateways, gateways
from tests.push.said import fine

ANNS = "f0a1f0a1"
NUMBERS = count(1)


@pytest.fixture
def phones(tmp_path: Path) -> Iterator[Gateways]:
    with gateways(tmp_path) as opened:
        yield opened


async def told_of(here: Town, name: str, ann: AccountId) -> None:
    """Somebody new follows her, and that is pushed."""
    await here.settled(await here.follow(await here.person(name), ann))


async def test_nothing_is_pushed_again_when_the_read_models_are_made_again_from_nothing(
    tmp_path: Path, phones: Gateways, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(tmp_path / "data", phones, monkeypatch) as here:
        ann = await here.person("ann")
        await here.phone(ann, ANNS)
        for name in ("ben", "eve"):
            await told_of(here, name, ann)
    before = phones.apns.told(ANNS)
    assert len(before) == 2
    for file in (tmp_path / "data").glob("views.sqlite*"):
        file.unlink()
    async with town(tmp_path / "data", phones, monkeypatch) as here:
        await told_of(here, "zoe", ann)
        (new,) = [one for one in phones.apns.told(ANNS) if one not in before]
        assert phones.apns.told(ANNS) == [*before, new]


async def test_a_restart_begins_where_it_was(tmp_path: Path, phones: Gateways, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town(tmp_path / "data", phones, monkeypatch) as here:
        ann, places = await here.person("ann"), []
        await here.phone(ann, ANNS)
        phones.apns.answers = lambda _asked: refusal(500, "InternalServerError")
        for name in ("ben", "eve"):
            places += await here.follow(await here.person(name), ann)
    phones.apns.answers = fine
    async with town(tmp_path / "data", phones, monkeypatch) as here:
        await here.settled(places)
        assert len(phones.apns.told(ANNS)) == 2


class Rows:
    """Site rows in memory, whose writer may end after any of them."""

    def __init__(self, writes: int) -> None:
        self._left = writes
        self._rows: dict[str, SiteRow] = {}

    async def read(self, name: str) -> SiteRow | None:
        return self._rows.get(name)

    async def write(self, name: str, content: str, after: int) -> bool:
        if self._left == 0:
            raise InterruptedError
        self._left -= 1
        self._rows.setdefault(name, SiteRow(1, content))
        return True

    def more(self, writes: int) -> None:
        self._left = writes


@pytest.mark.parametrize("writes", [0, 1, 2])
async def test_who_ends_while_a_beginning_is_written_down_changes_nothing(tmp_path: Path, writes: int) -> None:
    with opened_site(tmp_path, [PUSHES.id]) as site:
        rows = Rows(writes)
        await grown(site, 3)
        if writes < 2:
            with pytest.raises(InterruptedError):
                await begin_now([PUSHES], rows, site.log, site.positions)
        else:
            await begin_now([PUSHES], rows, site.log, site.positions)
        begun = dict(await site.log.ends()) if writes else None
        await grown(site, 2)
        rows.more(2)
        await begin_now([PUSHES], rows, site.log, site.positions)
        there = begun or await site.log.ends()
        progress = await site.positions.progress(PUSHES.id)
        assert {tuple(place): one.rows for place, one in progress.items()} == {
            place: end for place, end in there.items() if end and place[0] in PUSHES.topics
        }


async def grown(site: Site, accounts: int) -> None:
    """Some events more."""
    for _ in range(accounts):
        await site.account(f"name{next(NUMBERS)}")
