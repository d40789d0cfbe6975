"""The Faust driver while its brokers are away: it goes on where it was as soon as they are back."""

import asyncio

import pytest

from commands.ports import LedgerRow
from events.codec import encode
from infra.kafka.connection import KafkaConnection
from infra.local.stack.stack import Stack
from schemas.errors import Unavailable
from schemas.positions import Position
from tests.broker import frozen
from tests.integration.faust.faust_sites import FaustSite, assert_everything_once, running
from tests.integration.handlers import row_of
from tests.integration.runtime.recorder import HERE, likes
from tests.integration.stores import NO_KEY
from tests.pace import patient


@pytest.fixture
def kafka(broker: Stack) -> KafkaConnection:
    """Where the site is: on that broker, and not on the one that others share."""
    return KafkaConnection(broker.environment["PHOTOLOG_KAFKA"])


async def test_a_driver_ends_while_its_broker_does_not_answer(site: FaustSite, broker: Stack) -> None:
    """A session, and with it any request, may take longer than a process is given to end."""
    places = await site.append(likes(HERE, 50))
    driver = site.driver(site.journal(), session_s=20.0)
    task = asyncio.create_task(driver.run())
    await site.drained(places)
    with frozen(broker):
        task.cancel()
        async with asyncio.timeout(patient(15)):
            await asyncio.wait([task])


async def appended(site: FaustSite, rows: list[LedgerRow]) -> list[Position]:
    """Appends as soon as that is possible; what an attempt left unsaid may then be there twice."""
    while True:
        try:
            return await site.log.append(rows)
        except Unavailable:
            continue


async def test_a_driver_goes_on_when_its_brokers_are_back(site: FaustSite, broker: Stack) -> None:
    rows = [row_of(event, encode(event, NO_KEY)) for event in likes(HERE, 50)]
    async with running(site.driver(site.journal())):
        await site.drained(await site.log.append(rows))
        await asyncio.to_thread(broker.kill, "kafka")
        await asyncio.to_thread(broker.up, ["kafka"])
        places = await appended(site, rows)
        await site.drained(places)
    assert_everything_once(site, places)


# Faust says the failure of its consumer's thread twice: to who starts it, and to nobody.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_driver_that_starts_before_its_brokers_waits_for_them(site: FaustSite, broker: Stack) -> None:
    places = await site.append(likes(HERE, 50))
    await asyncio.to_thread(broker.kill, "kafka")
    async with running(site.driver(site.journal())):
        await asyncio.to_thread(broker.up, ["kafka"])
        await site.drained(places)
    assert_everything_once(site, places)
