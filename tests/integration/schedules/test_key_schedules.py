"""Idempotency-Keys across crashes: a command whose process was killed is retried with its key after others decided."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from commands.aggregate import Command
from commands.answers import Answer
from commands.comments import WriteComment
from commands.follows import FollowAccount, UnfollowAccount
from commands.likes import LikePost, UnlikePost
from commands.once import LEASE_MS, Attempt, Once, Request
from commands.post_commands import post_stream
from infra.process.clock import wall_clock
from schemas.ids import ID_DIGITS, AccountId, CommandId, CommentId, PostId
from tests.contract.fixtures_write import unique
from tests.integration.schedules.fate import Fate, Fault, Killed, dies_after, dies_before
from tests.integration.schedules.write_judge import assert_sound, in_log, whole_log
from tests.integration.schedules.write_processes import FORMS, Process, WriteSite, write_site
from tests.unit.samples import PUBLISHED, RESERVED, recorded

ANYWHERE = [
    (step, death)
    for step in ("reserve", "announce", "insert", "append", "move_mark", "answer")
    for death in (dies_before, dies_after)
]


@pytest.fixture(params=FORMS)
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[WriteSite]:
    async with write_site(request, tmp_path) as opened:
        yield opened


async def a_post(site: WriteSite, author: AccountId) -> PostId:
    """A published post, as its stream has it."""
    process = site.process()
    post = PostId(f"po_{await process.handler.ids.digits()}")
    said = [one.model_copy(update={"author_id": author}) for one in (RESERVED, PUBLISHED)]
    made = [recorded(one, post_stream(post), version, unique("ev")) for version, one in enumerate(said, start=1)]
    events = [replace(one, causation=CommandId(unique("cm"))) for one in made]
    rows = await process.handler.sealing.sealed(events)
    assert await site.stores.ledger.insert(rows)
    await process.handler.streams.append(rows)
    return post


async def asked(process: Process, key: str, command: Command, numbers: str = "", late: bool = True) -> Answer:
    """A request with a key; `late`: so long after any other that no lease runs any more."""
    once: Once = process.once
    if late:
        once = replace(once, clock=lambda: wall_clock() + LEASE_MS + 1)

    async def work(attempt: Attempt) -> Answer:
        mine = created(command, attempt)
        decision = await process.handler.handle(mine, attempt.cause)
        return Answer(200, {"events": [event.id for event in decision.events], "stream": mine.stream})

    return await once.run(Request(command.actor, "POST", "/any", key, b""), work, numbers)


def created(command: Command, attempt: Attempt) -> Command:
    """The command, with the id of what it creates, if it does: every retry has the same."""
    if not isinstance(command, WriteComment):
        return command
    return replace(command, comment_id=CommentId(f"co_{attempt.seed}{command.comment_id[-ID_DIGITS:]}"))


@pytest.mark.parametrize(("step", "death"), ANYWHERE)
async def test_a_killed_creation_that_is_retried_with_its_key_creates_one_thing(
    site: WriteSite, step: str, death: Fault
) -> None:
    ann, key = await site.account(), unique("key")
    post = await a_post(site, ann)
    writes = WriteComment(ann, CommentId(f"co_{post[-ID_DIGITS:]}"), text="hi", at=1)
    with pytest.raises(Killed):
        await asked(site.process(fate=Fate().at(step, death)), key, writes, late=False)
    answer = await asked(site.process(), key, writes)
    assert await asked(site.process(), key, writes) == answer
    await site.reconciled()
    log = await whole_log(site)
    written = {(entry.stream, entry.event_id) for entry in log if entry.stream.startswith("comment/")}
    assert written == {(answer.body["stream"], answer.body["events"][0])}
    await assert_sound(site, [answer.body["stream"]], {})


@pytest.mark.parametrize(("step", "death"), ANYWHERE)
async def test_a_killed_follow_whose_key_is_retried_after_an_unfollow_counts_once(
    site: WriteSite, step: str, death: Fault
) -> None:
    ann, ben, key = await site.account(), await site.account(), unique("key")
    follow, other = FollowAccount(ben, ann), site.process()
    with pytest.raises(Killed):
        await asked(site.process(fate=Fate().at(step, death)), key, follow, late=False)
    await other.does(UnfollowAccount(ben, ann), "unfollow")
    followed_before = len(await site.stores.ledger.load(follow.stream)) == 2
    await asked(site.process(), key, follow)
    assert (await other.handler.state(follow.stream)).following is not followed_before
    await site.reconciled()
    await assert_sound(site, [follow.stream], {})


@pytest.mark.parametrize(
    ("step", "death"),
    [(step, death) for step in ("take_number", "append", "answer") for death in (dies_before, dies_after)],
)
async def test_a_killed_like_whose_key_is_retried_after_an_unlike_stays_below_it(
    site: WriteSite, step: str, death: Fault
) -> None:
    ann, key = await site.account(), unique("key")
    like = LikePost(ann, await a_post(site, ann))
    with pytest.raises(Killed):
        await asked(site.process(fate=Fate().at(step, death)), key, like, like.stream, late=False)
    unlike = UnlikePost(ann, like.post_id)
    await asked(site.process(), unique("key"), unlike, unlike.stream)
    answer = await asked(site.process(), key, like, like.stream)
    entries = await in_log(site, like.stream)
    assert {entry.event_id for entry in entries if entry.type.startswith("post.liked")} == set(answer.body["events"])
    stands = next(entry for entry in entries if entry.version == max(one.version for one in entries))
    assert stands.type.startswith("post.unliked"), "the first in the log of those with the highest number"
