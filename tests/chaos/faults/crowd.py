"""The load: a few accounts that write and read without end, through the gateway."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx

from commands.ports import Log
from tests.chaos.faults.client import PASSWORD, PAUSES_S, Client
from tests.chaos.faults.known import Known
from tests.chaos.faults.reader import Reader
from tests.chaos.faults.reckoning import drained
from tests.chaos.faults.talk import Record, Talk
from tests.forms import LONG

CLIENTS = 4 if LONG else 3
"""So many at least that each has somebody to follow and to leave again."""
FIRST_POSTS = 2 if LONG else 1
WRITES = set(PAUSES_S) - {"publish"} | {"reserve", "complete", "status"}
KINDS = WRITES | {"feed", "card", "comments", "profile", "media"}
"""Every kind of request that the load consists of."""


@dataclass
class Crowd:
    """Clients of one site. `record` holds what they were told."""

    clients: list[Client]
    record: Record
    _stop: bool = field(default=False, init=False)

    async def run(self, meanwhile: Callable[[], Awaitable[None]]) -> None:
        """Loads the site for as long as `meanwhile` lasts; then every command is seen through."""
        self._stop = False
        async with asyncio.TaskGroup() as load:
            for client in self.clients:
                for kind in PAUSES_S:
                    load.create_task(client.write(kind, self._goes_on))
                load.create_task(Reader(client).read(self._goes_on))
            try:
                await meanwhile()
            finally:
                self._stop = True

    def refused(self, since: float) -> set[str]:
        """Kinds of requests that have had no success among those asked since then."""
        return KINDS - {said.kind for said in self.record.said if said.asked > since and said.status < 300}

    async def all_served(self, since: float, within: float) -> float:
        """Waits until every kind of request, asked since then, has succeeded; the seconds that this took."""
        try:
            async with asyncio.timeout(within):
                while self.refused(since):
                    await self.record.next()
        except TimeoutError:
            self.record.fault(f"{self.refused(since)} do not succeed within {within} s")
        return time.monotonic() - since

    def _goes_on(self) -> bool:
        return not self._stop


async def gathered(http: httpx.AsyncClient, log: Log, seed: str) -> Crowd:
    """Accounts that follow each other in a ring, for good, with a few posts each. Everything is in every read model."""
    record, known = Record(), Known()
    clients = [await _joined(Talk(http, record), known, f"{seed}/{number}") for number in range(CLIENTS)]
    for client, following in zip(clients, [*clients[1:], clients[0]], strict=True):
        await client.turn_follow(following.account)
        client.keeps = following.account
        for _ in range(FIRST_POSTS):
            await client.publish(first=True)
    for client in clients:
        await drained(client, log)
    for fact in known.facts.values():
        fact.places = []  # whatever a read waits for, it shows these
    return Crowd(clients, record)


async def _joined(talk: Talk, known: Known, seed: str) -> Client:
    chance = random.Random(seed)
    name = f"client_{chance.getrandbits(48):012x}"
    body = {"username": name, "password": PASSWORD, "email": f"{name}@example.org"}
    client = Client(talk, known, name, "", "", chance)
    with known.changing(("account", name), True) as answers:
        answers.append(await client.insist("sign_up", "POST", "/accounts", json=body))
    form = {"grant_type": "password", "username": name, "password": PASSWORD}
    client.account = answers[-1].json()["account_id"]
    client.token = (await client.insist("log_in", "POST", "/oauth/token", data=form)).json()["access_token"]
    return client
