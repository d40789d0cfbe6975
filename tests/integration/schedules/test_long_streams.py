"""What a command costs does not depend on how long its streams are: counted in what the stores are asked and answer."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from commands.aggregate import Command
from commands.handling import Cause, Handler
from commands.likes import LikePost
from commands.post_commands import EditPost, post_stream
from schemas.ids import AccountId, CommandId, PostId
from tests.contract.fixtures_write import unique
from tests.integration.handlers import a_handler
from tests.integration.long_posts import long_post
from tests.integration.schedules.counted import CountedPort
from tests.integration.schedules.write_processes import FORMS, Stores, WriteSite, write_site

SHORT, LONG = 10, 1_000
"""Events of a post."""
MOST_ROWS = 22
"""Of the ledger: the newest of a stream, one that its command decided before, and one of an actor who was not looked at
for some seconds."""


@pytest.fixture(params=FORMS)
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[WriteSite]:
    async with write_site(request, tmp_path) as opened:
        yield opened


@dataclass
class Costs:
    """What a process asked its stores, and how many rows the ledger gave it."""

    asked: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)

    def process(self, stores: Stores) -> Handler:
        """One that remembers nothing yet."""
        ledger: Any = CountedPort(stores.ledger, self.asked, self.rows)
        log: Any = CountedPort(stores.log, self.asked, Counter())
        said: Any = CountedPort(stores.announcements, self.asked, Counter())
        vault: Any = CountedPort(stores.vault, self.asked, Counter())
        return a_handler(ledger, log, said, vault, stores.transactions, unique("instance"))


async def a_post(site: WriteSite, author: AccountId, events: int) -> PostId:
    post = PostId(f"po_{await site.process().handler.ids.digits()}")
    stores = site.stores
    await long_post(stores.ledger, stores.log, stores.vault, author, post, events)
    await site.process().handler.states.look(post_stream(post))  # once, a snapshot that is missing is made
    return post


async def costs_of(site: WriteSite, command: Command, name: str = "") -> Costs:
    """Of one command, on a process that has just started."""
    costs = Costs()
    command_id = CommandId(name or unique("cm"))
    await costs.process(site.reach()).handle(command, Cause(command_id, command_id))
    return costs


async def costs_of_both(site: WriteSite, ann: AccountId, command: Callable[[PostId], Command]) -> tuple[Costs, Costs]:
    posts = [await a_post(site, ann, events) for events in (SHORT, LONG)]
    short, long = [await costs_of(site, command(post)) for post in posts]
    return short, long


async def test_a_like_costs_the_same_whatever_the_post_has_been_through(site: WriteSite) -> None:
    ann = await site.account()
    short, long = await costs_of_both(site, ann, lambda post: LikePost(ann, post))
    assert long.asked - short.asked == Counter(snapshot=1), "one question more, and the same however long"
    assert long.rows.total() <= MOST_ROWS


async def test_an_edit_costs_the_same_whatever_the_post_has_been_through(site: WriteSite) -> None:
    ann = await site.account()
    short, long = await costs_of_both(site, ann, lambda post: EditPost(ann, post, {"caption": unique("said")}))
    more = long.asked - short.asked
    assert (more["snapshot"], more["of_command"]) == (1, 1)
    assert more.total() <= 5, "a snapshot is kept now and then"
    assert long.rows.total() <= MOST_ROWS


async def test_a_command_far_down_in_a_long_stream_is_found_without_reading_it(site: WriteSite) -> None:
    ann = await site.account()
    post = await a_post(site, ann, LONG)
    (row,) = await site.stores.ledger.load(post_stream(post), LONG // 2, 1)
    again = await costs_of(site, EditPost(ann, post, {"caption": "done before"}), row.command_id)
    assert again.asked["insert"] == 0
    assert again.rows.total() <= MOST_ROWS


async def test_many_edits_cost_the_last_as_much_as_the_first(site: WriteSite) -> None:
    ann, costs = await site.account(), Costs()
    post = await a_post(site, ann, SHORT)
    handler = costs.process(site.reach())
    rows = []
    for number in range(120):
        before = costs.rows.total()
        command_id = CommandId(unique("cm"))
        await handler.handle(EditPost(ann, post, {"caption": f"said {number}"}), Cause(command_id, command_id))
        rows.append(costs.rows.total() - before)
    assert max(rows) <= MOST_ROWS
