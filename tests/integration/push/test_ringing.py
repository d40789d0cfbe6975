"""Bells and phones: a new post is told to whoever has a bell on its author, once, and not once that has ended."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from commands.accounts import SuspendAccount
from commands.blocks import BlockAccount
from commands.follows import AddBell, RemoveBell, UnfollowAccount, partings
from commands.post_commands import DeletePost
from events.delivery import Delivery
from infra.process.clock import wall_clock
from processors.pushes import Ring
from processors.ringing import Ringing
from schemas.errors import NotYetVisible, Unavailable
from schemas.ids import AccountId, PostId
from schemas.positions import POSTS, Position
from tests.integration.long_posts import PICTURE, long_post
from tests.integration.push.fixtures import here as here
from tests.integration.push.fixtures import phones as phones
from tests.integration.push.town import DAY_MS, MODERATOR, WITHIN_S, Names, Town, asked_for, digits, held_up, two
from tests.pace import patient
from tests.push import apns
from tests.push.said import Reply, fine
from tests.unit.samples import PUBLISHED, recorded

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def bell(here: Town, follower: AccountId, followee: AccountId) -> list[Position]:
    await here.follow(follower, followee)
    return await here.say(AddBell(follower, followee))


async def posted(here: Town, author: AccountId) -> tuple[PostId, list[Position]]:
    """A new post, as if a photo had just been uploaded and rendered, and what its pushes wait for."""
    sources, post = here.pushes.sources, PostId(f"po_{await digits(here)}")
    picture = PICTURE.model_copy(update={"published_at": wall_clock()})
    write = sources.handler.ledger, sources.log, sources.vault
    return post, [await long_post(*write, author, post, 4, picture)]


async def test_who_has_a_bell_is_told_of_a_new_post_and_no_other_follower_is(here: Town) -> None:
    ann, ben, token = await two(here)
    eve = await here.person(f"eve{Names.next()}")
    for person, name in ((ben, "bens"), (eve, "eves")):
        await here.phone(person, f"{name}{token}")
        await bell(here, ann, person)
    await here.phone(ann, f"fcm:{token}", "fcm")
    await here.follow(eve, ben)
    post, places = await posted(here, ben)
    await here.settled(places)
    (event,) = [one.event_id for one in here.phones.apns.acknowledged if one.body.get("post_id") == post]
    (told,) = [one.body for one in here.phones.apns.acknowledged if one.token == token]
    assert (told["kind"], told["aps"]["alert"]) == ("post", {"loc-key": "push.post", "loc-args": [f"ben{token[4:]}"]})
    assert here.phones.apns.told(token) == here.phones.fcm.told(f"fcm:{token}") == [event]
    assert event.startswith("ev_")


async def test_of_a_post_from_before_the_bell_or_of_long_ago_nobody_is_told(here: Town) -> None:
    ann, ben, token = await two(here)
    ring, delivery = await earlier(here, ben)
    await bell(here, ann, ben)
    for before in (60_000, 2 * DAY_MS):
        await (await ringing_of(here)).apply(replace(ring, published_at=wall_clock() - before), delivery, 0)
    assert here.phones.apns.told(token) == []


Deed = Callable[[Town, AccountId, AccountId, PostId], Awaitable[Any]]


async def _parted(here: Town, ann: AccountId, ben: AccountId, _post: PostId) -> None:
    for command in partings(ben, ann):
        await here.say(command)


ENDED: dict[str, Deed] = {
    "the bell taken off": lambda here, ann, ben, _: here.say(RemoveBell(ann, ben)),
    "unfollowed": lambda here, ann, ben, _: here.say(UnfollowAccount(ann, ben)),
    "parted": _parted,
    "blocked by the one": lambda here, ann, ben, _: here.say(BlockAccount(ann, ben)),
    "blocked by the other": lambda here, ann, ben, _: here.say(BlockAccount(ben, ann)),
    "suspended": lambda here, _ann, ben, _: here.say(SuspendAccount(MODERATOR, ben)),
    "erased": lambda here, _ann, ben, _: here.platform.services.vault.destroy_key(ben),
    "told to somebody erased": lambda here, ann, _ben, _: here.platform.services.vault.destroy_key(ann),
    "deleted": lambda here, _ann, ben, post: here.say(DeletePost(ben, post)),
}


@pytest.mark.parametrize("what", ENDED)
async def test_nothing_is_pushed_of_what_has_ended_before_the_gateway_takes_it(here: Town, what: str) -> None:
    ann, ben, token = await two(here)
    await bell(here, ann, ben)
    with held_up(here):
        post, places = await posted(here, ben)
        await asked_for(here, token)
        await ENDED[what](here, ann, ben, post)
    await here.settled(places)
    assert here.phones.apns.told(token) == []


async def test_one_phone_whose_gateway_fails_keeps_no_other_waiting_nor_is_told_twice(here: Town) -> None:
    ann, ben, token = await two(here)
    ring, delivery = await earlier(here, ben)
    tokens = [token, *[f"f0a1{Names.next()}" for _ in range(2)]]
    for follower, put in zip((ann, *[await here.person(f"fan{one}") for one in tokens[1:]]), tokens, strict=True):
        await here.phone(follower, put)
        await bell(here, follower, ben)
    ring, ringing = replace(ring, published_at=wall_clock()), replace(await ringing_of(here), at_once=1)
    here.phones.apns.answers = lambda one: apns.refusal(500, "Internal") if one.token == tokens[1] else Reply()
    with pytest.raises(Unavailable):
        await ringing.apply(ring, delivery, 0)
    assert [len(here.phones.apns.told(one)) for one in tokens] == [1, 0, 1]
    here.phones.apns.answers = fine
    await ringing.apply(ring, delivery, 0)
    assert [len(here.phones.apns.told(one)) for one in tokens] == [1, 1, 1]


async def test_a_post_that_is_published_again_is_told_once(here: Town) -> None:
    ann, ben, token = await two(here)
    await bell(here, ann, ben)
    post, places = await posted(here, ben)
    await here.settled(places)
    await (await ringing_of(here)).apply(*rung(ben, post), 0)
    assert len(here.phones.apns.told(token)) == 1


@pytest.mark.parametrize("at_once", [1, 2, 100])
async def test_one_post_rings_so_many_bells_and_no_more(here: Town, at_once: int) -> None:
    ben, tokens = await here.person(f"ben{Names.next()}"), [f"f0a1{Names.next()}" for _ in range(4)]
    ring, delivery = await earlier(here, ben)
    for token in tokens:
        fan = await here.person(f"fan{token}")
        await here.phone(fan, token)
        await bell(here, fan, ben)
    ring = replace(ring, published_at=wall_clock())
    await replace(await ringing_of(here), most=3, at_once=at_once).apply(ring, delivery, 0)
    assert sum(len(here.phones.apns.told(one)) for one in tokens) == 3


async def earlier(here: Town, author: AccountId) -> tuple[Ring, Delivery]:
    """Of a post that nobody is told of any more but by who carries this out."""
    post, places = await posted(here, author)
    await here.settled(places)
    return rung(author, post)


async def ringing_of(here: Town) -> Ringing:
    """Who carries it out, once the bells and devices of before are in the tables, however long that takes here."""
    ringing = here.pushes.appliers.reactions[Ring]
    assert isinstance(ringing, Ringing)
    async with asyncio.timeout(patient(WITHIN_S)):
        for caught_up in (ringing.caught_up, ringing.pushing.caught_up):
            while True:
                with suppress(NotYetVisible):
                    await caught_up()
                    break
    return ringing


def rung(author: AccountId, post: PostId) -> tuple[Ring, Delivery]:
    """What is asked for by another event that publishes this post just now."""
    event = recorded(PUBLISHED, f"post/{post}", event_id=f"ev_{post[3:]}")
    return Ring(author, post, wall_clock()), Delivery(event, Position(POSTS, 0, 0))
