"""The breaker: open at the first failure, then one probe at a time, ever rarer; closed by an answer in good time."""

import asyncio

from infra.redis.breaker import FIRST_PAUSE_S, LONGEST_PAUSE_S, WELL_S, Breaker
from schemas.errors import Unavailable


class Server:
    """Answers probes as told, and counts them; time passes when somebody waits."""

    def __init__(self) -> None:
        self.now, self.takes_s, self.away = 0.0, 0.0, True
        self.probed_at: list[float] = []
        self.breaker = Breaker(self.probe, lambda: self.now, self.pause)

    async def probe(self) -> None:
        self.probed_at.append(self.now)
        self.now += self.takes_s
        if self.away:
            raise Unavailable

    async def pause(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)

    async def probes(self, number: int) -> None:
        for _ in range(3 * number):
            await asyncio.sleep(0)
        assert len(self.probed_at) >= number


async def test_while_it_is_open_one_probe_asks_ever_more_rarely_however_many_fail() -> None:
    server = Server()
    for _ in range(100):
        server.breaker.open()
    await server.probes(6)
    pauses = [later - earlier for earlier, later in zip([0.0, *server.probed_at], server.probed_at, strict=False)]
    assert pauses[:6] == [FIRST_PAUSE_S, 0.5, 1.0, LONGEST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_PAUSE_S]
    assert (server.breaker.closed, server.breaker.opened) == (False, 1)
    await server.breaker.end()


async def test_an_answer_that_comes_in_time_closes_it_and_a_slow_one_does_not() -> None:
    server = Server()
    server.away, server.takes_s = False, WELL_S * 1.1
    server.breaker.open()
    await server.probes(2)
    assert not server.breaker.closed
    server.takes_s = WELL_S * 0.9
    await server.probes(3)
    await asyncio.sleep(0)
    assert server.breaker.closed
    await server.breaker.end()


async def test_it_opens_again_after_it_was_closed() -> None:
    server = Server()
    server.away = False
    for times in (1, 2, 3):
        server.breaker.open()
        assert not server.breaker.closed
        await server.probes(times)
        await asyncio.sleep(0)
        assert (server.breaker.closed, server.breaker.opened) == (True, times)
    server.breaker.open()
    server.breaker.answered()
    assert server.breaker.closed
    await server.breaker.end()
