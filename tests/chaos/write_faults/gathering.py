"""Everybody who takes part: accounts with a few published posts, accounts of single clients, and shared ones."""

import asyncio
import random
from collections.abc import Mapping

from tests.chaos.choices import PASSWORD, Ask, Makers, command, sign_up
from tests.chaos.load import settle_in
from tests.chaos.wire import Attempt, Wire
from tests.chaos.world import World
from tests.chaos.write_faults.choosing import OWN, contended, reserve
from tests.chaos.write_faults.crowd import Crowd
from tests.chaos.write_faults.sent import Sent

FIRST, FIRST_POSTS = 4, 2
"""Accounts that publish what all others like and comment on, and how much."""
SHARED, CONTENDERS = 2, 4
"""Those of them that several clients act for at once, and how many."""
SINGLE = 28
"""Accounts of one client each."""

Clients = list[tuple[str, Makers]]


async def gathered(wire: Wire, wires: Mapping[str, Wire], seed: str) -> tuple[Crowd, Clients]:
    """The crowd, and for each client its account and what it does. Everything made here is part of the record."""
    world, chance = World(), random.Random(f"{seed}/gathering")
    await settle_in(world, wire, seed, FIRST, FIRST_POSTS)
    singles = await asyncio.gather(*(_joined(world, wire, sign_up(world, "", chance), chance) for _ in range(SINGLE)))
    clients: Clients = [(account, OWN) for account in singles]
    for account in world.actors[:SHARED]:
        asked = reserve(world, account, chance)
        assert asked is not None, "nothing is reserved yet"
        post = str((await _done(world, wire, "reserve", account, asked, chance))["post_id"])
        clients += [(account, contended(post))] * CONTENDERS
    crowd = Crowd(world, wires, seed)
    crowd.sent += [Sent(attempt.command, 0.0, attempt.answer, ended=0.0) for attempt in world.attempts]
    return crowd, clients


async def _joined(world: World, wire: Wire, asked: Ask, chance: random.Random) -> str:
    account = str((await _done(world, wire, "sign_up", "", asked, chance))["account_id"])
    await wire.log_in(account, world.usernames[account], PASSWORD)
    return account


async def _done(
    world: World, wire: Wire, kind: str, actor: str, asked: Ask, chance: random.Random
) -> dict[str, object]:
    attempt: Attempt = await wire.attempt(command(kind, actor, asked, chance))
    world.learn(attempt)
    assert attempt.answer is not None, f"{kind}: {attempt.fault}"
    assert attempt.answer.done, f"{kind} was answered {attempt.answer}"
    return attempt.answer.json
