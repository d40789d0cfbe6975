"""What must hold after a kill: nothing acknowledged is lost, nothing is half done, nothing happens twice."""

import asyncio
from collections.abc import Iterable, Sequence, Set

from tests.chaos.choices import PASSWORD
from tests.chaos.claims import assert_each_once, assert_in_log, causations_of, matched, names_its_own, unclaimed
from tests.chaos.load import CLIENTS, wait_until_final
from tests.chaos.pictures import picture
from tests.chaos.readers import Reader
from tests.chaos.report import Round
from tests.chaos.wire import Attempt, Wire
from tests.chaos.world import World
from tests.chaos.wreck import Wreck
from tests.reference.compare import differences
from tests.reference.history import facts_told
from tests.reference.log import LogEvent, assert_sound, facts_in
from tests.reference.model import readable


def assert_whole(world: World, wreck: Wreck, interrupted: Sequence[Attempt], found: Round) -> dict[str, str]:
    """Everything acknowledged is in the log, and of the interrupted each is there or absent. Those that are there."""
    assert_sound(wreck.log)
    assert_each_once(wreck.log)
    assert_in_log(wreck.log, world.attempts)
    there = matched(unclaimed(wreck.log, world.attempts), interrupted)
    sent = {attempt.command.key for attempt in interrupted if attempt.in_flight}
    assert sent.issuperset(there), "a command that was never sent is in the log"
    found.found_there, found.found_absent = len(there), len(interrupted) - len(there)
    found.unfinished = {
        "in_flight": len(sent),
        "unapplied_events": wreck.unapplied,
        "unpublished_posts": wreck.unpublished,
    }
    return there


async def assert_same_answers(wire: Wire, attempts: Iterable[Attempt]) -> None:
    """Every acknowledged command, sent again with its key and body, is answered as before."""
    turns = asyncio.Semaphore(CLIENTS)

    async def again(attempt: Attempt) -> None:
        async with turns:
            repeated = await wire.settle(attempt.command)
        assert repeated.answer == attempt.answer, f"{attempt} is now answered {repeated.answer}"

    await asyncio.gather(*(again(attempt) for attempt in attempts if attempt.acknowledged))


async def retry(world: World, wire: Wire, interrupted: Sequence[Attempt]) -> list[Attempt]:
    """Sends every interrupted command again, as a client would: an upload first looks whether its bytes arrived."""
    retried = []
    for attempt in interrupted:
        if attempt.command.kind == "complete":
            await _upload_again(world, wire, attempt)
        retried.append(await wire.settle(attempt.command))
        world.learn(retried[-1])
    return retried


def assert_added_once(world: World, log: Sequence[LogEvent], retried: Sequence[Attempt], there: dict[str, str]) -> None:
    """Every event belongs to an answered command; what was there before the retry is what the retry answers from."""
    assert_sound(log)
    assert_each_once(log)
    assert_in_log(log, retried)
    assert unclaimed(log, world.attempts) == {}, "a command was applied twice"
    for attempt in retried:
        if attempt.command.key in there:
            before = there[attempt.command.key]
            assert before in causations_of(log, attempt), f"{attempt} does not point at {before}, its own event"


def assert_added_once_by_repeats(world: World, log: Sequence[LogEvent], repeated: Set[str]) -> int:
    """The same where clients repeated commands themselves, under these keys, until they were answered.

    What a repeat finds done it answers from the end of the stream, where another event may stand by then. So what no
    answer names must be all of one repeated command that was done and whose answer names nothing else of its own. How
    many those were.
    """
    assert_sound(log)
    assert_each_once(log)
    assert_in_log(log, world.attempts)
    done = [a for a in world.attempts if a.command.key in repeated and a.answer and a.answer.done]
    silent = [a for a, named in zip(done, names_its_own(log, done), strict=True) if not named]
    return len(matched(unclaimed(log, world.attempts), silent))


async def wait_for_media(world: World, wire: Wire) -> None:
    """Every post whose upload is complete is published: all pictures are good. Deleted ones stay deleted."""
    for photo in world.photos.values():
        if photo.state in ("completed", "published"):
            status = await wait_until_final(world, wire, photo)
            assert status == "published", f"{photo.post_id} is {status}"


async def assert_readable(world: World, wire: Wire, log: Sequence[LogEvent], limit: int) -> None:
    """What HTTP shows is what the reference model makes of the log, and of the acknowledged answers."""
    expected = readable(facts_in(log))
    told = readable(facts_told(world.history()))
    assert differences(expected, told) == [], "what clients were told is not what the log says"
    for account in sorted(expected.accounts.keys() - set(world.actors)):
        await wire.log_in(account, world.usernames[account], PASSWORD)
    reader = Reader(wire, limit)
    await reader.caught_up(log, world.actors[0], next(iter(expected.posts)))
    seen = await reader.everything(sorted(expected.accounts), world.photos)
    assert differences(expected, seen) == [], "what readers see is not what the log says"
    for account, profile in world.profiles().items():
        shown = await reader.profile(account)
        assert {name: shown[name] for name in profile} == profile, f"the profile of {account}"


async def _upload_again(world: World, wire: Wire, attempt: Attempt) -> None:
    photo = world.photos[attempt.command.path.split("/")[2]]
    renewed = await wire.get(f"/posts/{photo.post_id}/upload", photo.author)
    if renewed.status == 200 and not renewed.json["received"]:
        await wire.put(renewed.json, picture(photo.picture))
