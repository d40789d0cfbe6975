"""Pushes: whose phones are told, at least once, and who is told nothing: not of whom, not any more, not again."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from commands.accounts import SuspendAccount
from commands.blocks import BlockAccount
from commands.comments import DeleteComment, WriteComment
from commands.follows import UnfollowAccount
from commands.likes import LikePost
from commands.ports import Quota
from infra.process.clock import wall_clock
from processors.pushes import Notify, Pushing
from schemas.errors import Unavailable
from schemas.ids import AccountId, CommentId, Millis, PostId
from tests.integration.long_posts import long_post
from tests.integration.push.fixtures import here as here
from tests.integration.push.fixtures import phones as phones
from tests.integration.push.town import DAY_MS, MODERATOR, Town, asked_for, digits, held_up, two
from tests.pace import until
from tests.push import apns, fcm
from tests.push.said import Reply, fine
from tests.unit.samples import NOON

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_every_phone_of_whom_it_concerns_is_told_with_the_events_id(here: Town) -> None:
    ann, ben, token = await two(here)
    await here.phone(ann, f"fcm:{token}", "fcm")
    await here.phone(ben, f"bens{token}")
    await here.settled(await here.follow(ben, ann))
    (event,) = here.phones.apns.told(token)
    assert here.phones.fcm.told(f"fcm:{token}") == [event]
    assert event.startswith("ev_")
    assert here.phones.apns.told(f"bens{token}") == []


async def test_likes_comments_and_mentions_are_told_and_nobodys_own_doing_is(here: Town) -> None:
    ann, ben, token = await two(here)
    post, comment = await published(here, ann), CommentId("")
    for actor in (ann, ben):
        await here.say(LikePost(actor, post))
        comment = CommentId(f"co_{await digits(here)}{post[3:]}")
        places = await here.say(WriteComment(actor, comment, "Wow", NOON))
    await here.settled(places)
    kinds = [one.body["kind"] for one in here.phones.apns.acknowledged if one.token == token]
    assert sorted(kinds) == ["comment", "like"]
    assert all(one.body["post_id"] == post for one in here.phones.apns.acknowledged if one.token == token)


Deed = Callable[[Town, AccountId, AccountId], Awaitable[Any]]
HIDDEN: dict[str, Deed] = {
    "blocked by the one": lambda here, ann, ben: here.say(BlockAccount(ann, ben)),
    "blocked by the other": lambda here, ann, ben: here.say(BlockAccount(ben, ann)),
    "suspended": lambda here, _ann, ben: here.say(SuspendAccount(MODERATOR, ben)),
    "erased": lambda here, _ann, ben: here.platform.services.vault.destroy_key(ben),
    "taken back": lambda here, ann, ben: here.say(UnfollowAccount(ben, ann)),
    "told of to somebody erased": lambda here, ann, _ben: here.platform.services.vault.destroy_key(ann),
}


@pytest.mark.parametrize("what", HIDDEN)
async def test_nothing_is_pushed_of_what_is_hidden_or_gone_before_the_gateway_takes_it(here: Town, what: str) -> None:
    ann, ben, token = await two(here)
    with held_up(here):
        places = await here.follow(ben, ann)
        await asked_for(here, token)
        await HIDDEN[what](here, ann, ben)
    await here.settled(places)
    assert here.phones.apns.told(token) == []


async def test_of_a_comment_that_is_deleted_nothing_is_pushed(here: Town) -> None:
    ann, ben, token = await two(here)
    post = await published(here, ann)
    comment = CommentId(f"co_{await digits(here)}{post[3:]}")
    with held_up(here):
        places = await here.say(WriteComment(ben, comment, "Wow", NOON))
        await asked_for(here, token)
        await here.say(DeleteComment(ann, comment))
    await here.settled(places)
    assert here.phones.apns.told(token) == []


async def test_a_phone_tells_the_last_account_that_put_its_token(here: Town) -> None:
    ann, ben, token = await two(here)
    await here.phone(ben, token)
    await here.settled([*await here.follow(ben, ann), *await here.follow(ann, ben)])
    (told,) = [one.body["aps"]["alert"]["loc-args"] for one in here.phones.apns.acknowledged if one.token == token]
    assert told == [f"ann{token[4:]}"]


async def test_who_has_logged_out_is_told_nothing_and_the_device_is_let_go(here: Town) -> None:
    ann, ben, token = await two(here)
    await here.end((await here.device(token)).session_id)
    await here.settled(await here.follow(ben, ann))
    assert here.phones.apns.told(token) == []
    assert (await here.device(token)).account_id is None


async def test_a_device_that_the_gateway_does_not_know_any_more_is_let_go(here: Town) -> None:
    ann, ben, token = await two(here)
    here.phones.apns.answers = lambda one: apns.refusal(410, "Unregistered") if one.token == token else Reply()
    await here.settled(await here.follow(ben, ann))
    assert (await here.device(token)).account_id is None
    here.phones.apns.answers = fine
    await here.phone(ann, token)
    await here.settled(await here.follow(await here.person(f"eve{token}"), ann))
    assert len(here.phones.apns.told(token)) == 1


async def test_one_phone_whose_gateway_fails_keeps_no_other_waiting_nor_is_told_twice(here: Town) -> None:
    ann, ben, token = await two(here)
    await here.phone(ann, f"fcm:{token}", "fcm")
    here.phones.fcm.answers = lambda _asked: fcm.refusal(503, "UNAVAILABLE")
    places = await here.follow(ben, ann)
    await until(lambda: here.phones.apns.told(token) and len(here.phones.fcm.asked) > 1)
    here.phones.fcm.answers = fine
    await here.settled(places)
    assert len(here.phones.apns.told(token)) == len(here.phones.fcm.told(f"fcm:{token}")) == 1


async def test_gates_that_are_away_hold_no_push_up(here: Town) -> None:
    ann, ben, token = await two(here)
    pushing = here.pushes.appliers.reactions[Notify]
    assert isinstance(pushing, Pushing)
    away = replace(pushing, gates=Away())
    here.pushes.appliers.reactions[Notify] = away  # type: ignore[index]
    try:
        await here.settled(await here.follow(ben, ann))
    finally:
        here.pushes.appliers.reactions[Notify] = pushing  # type: ignore[index]
    assert len(here.phones.apns.told(token)) == 1


async def test_what_is_older_than_a_day_is_not_pushed(here: Town) -> None:
    ann, ben, token = await two(here)
    pushing = here.pushes.appliers.reactions[Notify]
    assert isinstance(pushing, Pushing)
    later = replace(pushing, clock=lambda: wall_clock() + 2 * DAY_MS)
    here.pushes.appliers.reactions[Notify] = later  # type: ignore[index]
    try:
        await here.settled(await here.follow(ben, ann))
    finally:
        here.pushes.appliers.reactions[Notify] = pushing  # type: ignore[index]
    assert here.phones.apns.told(token) == []


class Away:
    """Gates that nobody reaches."""

    async def peek(self, gate: str, limit: int, now: Millis) -> Quota:
        raise Unavailable

    async def take(self, gate: str, limit: int, window_s: int, now: Millis) -> Quota:
        raise Unavailable

    async def draw(self, gate: str, limit: int, window_s: int, now: Millis) -> Quota:
        raise Unavailable

    async def once(self, gate: str, ttl_s: int, now: Millis) -> bool:
        raise Unavailable


async def published(here: Town, author: AccountId) -> PostId:
    """A post, as if a photo had been uploaded and rendered."""
    write = here.pushes.sources
    post = PostId(f"po_{await digits(here)}")
    ledger = write.handler.ledger
    await long_post(ledger, write.log, write.vault, author, post, 4)
    return post
