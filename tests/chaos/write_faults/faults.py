"""The faults, each under load: what is killed or cut, what that left behind, and that everything is up again."""

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from tests.chaos.write_faults.ground import APIS, PROXIED, Ground
from tests.chaos.write_faults.toxics import Proxy, cuts_after, delays, resets, swallows
from tests.chaos.write_faults.unfinished import Unfinished, left_behind
from tests.pace import patient

Block = AbstractAsyncContextManager[None]
MANY, MANY_WITHIN_S = 12, 60.0
"""Commands that a command API has in hand when it is killed; there are three clients for each of these."""
DOWN_S = (0.3, 1.5)
"""How long a broker stays away before it is started again, on top of what its start takes."""
PROXIES: tuple[Proxy, Proxy] = ("kafka", "cql")
COUNTED_AFTER_S = 1.0
"""Of a fault on the wire: soon a reconciler, whose own connections are sound, finishes what waits."""
CUT_S, DELAY_S = (0.3, 2.0), (3.0, 6.0)


@dataclass(frozen=True)
class Blow:
    """One fault that is over. `healed` is when nothing was in the way any more, by time.monotonic()."""

    how: str
    unfinished: Unfinished
    healed: float


Fault = Callable[[Ground, int, random.Random], Awaitable[Blow]]


async def kill_command_api(ground: Ground, number: int, _chance: random.Random) -> Blow:
    """SIGKILL to one command API; the other goes on."""
    name = APIS[number % len(APIS)]
    member = ground.site.members[name]
    await ground.crowd.until(lambda: len(ground.crowd.in_flight(name)) >= MANY, patient(MANY_WITHIN_S))
    struck = ground.crowd.in_flight(name)
    assert member.process is not None, f"{name} was never started"
    member.kill()
    code = await member.process.wait()
    assert code == -signal.SIGKILL, f"{name} had ended by itself, with {code}; see {member.log}"
    unfinished = await left_behind(ground.ledger, struck)
    with ground.crowd.calm():
        await member.start()
        await member.ready()
    return Blow(name, unfinished, time.monotonic())


async def kill_broker(ground: Ground, _number: int, chance: random.Random) -> Blow:
    """SIGKILL to Kafka. What is decided while it is away waits in the ledger."""
    await asyncio.to_thread(ground.stack.kill, "kafka")
    await asyncio.sleep(chance.uniform(*DOWN_S))
    unfinished = await left_behind(ground.ledger, ground.crowd.in_flight())
    with ground.crowd.calm():
        await asyncio.to_thread(ground.stack.up, ["kafka"])
    return Blow("kafka", unfinished, time.monotonic())


async def kill_cql(ground: Ground, _number: int, _chance: random.Random) -> Blow:
    """SIGKILL to the CQL server, whose commit log is synced per batch. Counted as soon as it can be asked again."""
    struck = ground.crowd.in_flight()
    await asyncio.to_thread(ground.stack.kill, "cql")
    with ground.crowd.calm():
        await asyncio.to_thread(ground.stack.up, ["cql"])
    healed = time.monotonic()
    return Blow("cql", await left_behind(ground.ledger, struck), healed)


async def cut(ground: Ground, number: int, chance: random.Random) -> Blow:
    """Connections of one command API end: all at once, by a reset, or in the middle of a message."""
    proxy = PROXIES[number % 2]
    size = chance.randrange(20_000)
    ways: list[tuple[str, Callable[[], Block]]] = [
        ("all connections cut", lambda: ground.toxics.cut(proxy)),
        ("requests reset", lambda: ground.toxics.with_toxic(proxy, resets("upstream"))),
        ("answers reset", lambda: ground.toxics.with_toxic(proxy, resets("downstream"))),
        (f"requests cut after {size} bytes", lambda: ground.toxics.with_toxic(proxy, cuts_after("upstream", size))),
        (f"answers cut after {size} bytes", lambda: ground.toxics.with_toxic(proxy, cuts_after("downstream", size))),
    ]
    how, block = ways[number // 2 % len(ways)]
    return await _on_the_wire(ground, f"{proxy}: {how}", block(), chance.uniform(*CUT_S))


async def delay(ground: Ground, number: int, chance: random.Random) -> Blow:
    """Connections of one command API become slow, or keep answers to themselves once the request has passed."""
    proxy = PROXIES[number % 2]
    late = chance.randrange(1_000, 6_000)
    ways: list[tuple[str, Callable[[], Block]]] = [
        (f"answers {late} ms late", lambda: ground.toxics.with_toxic(proxy, delays("downstream", late, late // 2))),
        ("answers swallowed", lambda: ground.toxics.with_toxic(proxy, swallows("downstream", late))),
        (f"requests {late} ms late", lambda: ground.toxics.with_toxic(proxy, delays("upstream", late, late // 2))),
    ]
    how, block = ways[number % len(ways)]
    return await _on_the_wire(ground, f"{proxy}: {how}", block(), chance.uniform(*DELAY_S))


async def _on_the_wire(ground: Ground, how: str, block: Block, seconds: float) -> Blow:
    async with block:
        await asyncio.sleep(min(seconds, COUNTED_AFTER_S))
        unfinished = await left_behind(ground.ledger, ground.crowd.in_flight(PROXIED))
        await asyncio.sleep(seconds - min(seconds, COUNTED_AFTER_S))
        ground.check_traffic()
    return Blow(how, unfinished, time.monotonic())


FAULTS: dict[str, Fault] = {
    "kill the command API": kill_command_api,
    "kill the broker": kill_broker,
    "kill the CQL server": kill_cql,
    "cut connections": cut,
    "delay connections": delay,
}
