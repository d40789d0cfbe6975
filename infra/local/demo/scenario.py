"""play: performs the script on a running server, through its public HTTP API alone, and checks what everyone sees."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx

from infra.local.demo.checks import check
from infra.local.demo.client import ApiProblem, NotPublished
from infra.local.demo.publishing import publish
from infra.local.demo.report import Summary
from infra.local.demo.script import (
    AUTHORS,
    CHANGE_OF_MIND,
    CORRECTION,
    EARLY_FOLLOWS,
    FAREWELL,
    LATE_FOLLOW,
    NOTE,
    PEOPLE,
    REMARKS,
    SLIP,
    Remark,
    following,
    write_script,
)
from infra.local.demo.stage import Published, Stage


async def play(url: str, photos: Path, say: Callable[[str], None]) -> Summary:
    """Plays the demo with the photos of a folder; `say` hears what is added.

    Run again on the same data it adds only what is missing. Trouble is in the summary's failures, never raised.
    """
    summary = Summary(url.rstrip("/"), following={person: following(person) for person in PEOPLE})
    try:
        script = write_script(photos)
        async with httpx.AsyncClient(base_url=summary.url, timeout=30) as http:
            stage = Stage(http, script, say, summary)
            deleted = await _perform(stage)
            say("checks what everyone sees")
            await check(stage, deleted)
            _link(stage)
    except* (ApiProblem, NotPublished, httpx.HTTPError, ValueError, KeyError) as troubles:
        summary.failures += [_told(trouble, summary.url) for trouble in _leaves(troubles)]
    return summary


async def _perform(stage: Stage) -> Published:
    """Every act of the script. Returns the post that was deleted."""
    async with asyncio.TaskGroup() as group:
        for person in PEOPLE:
            group.create_task(stage.sign_in(person))
    for follower, followees in EARLY_FOLLOWS.items():
        for followee in followees.split():
            await stage.follow(follower, followee)
    async with asyncio.TaskGroup() as group:
        for author in AUTHORS:
            group.create_task(_post_all(stage, author))
    for shot in stage.script.lasting:
        for person in sorted(stage.script.likers(shot)):
            await stage.like(person, shot)
    for remark in REMARKS:
        await stage.remark(remark)
    await _correct_a_slip(stage)
    await stage.follow(*LATE_FOLLOW)
    await _change_a_mind(stage)
    return await _take_down(stage)


async def _post_all(stage: Stage, author: str) -> None:
    for shot in stage.script.posts_of([author]):
        stage.posts[shot.number] = await publish(stage, shot)
        stage.summary.post_ids[shot.caption] = stage.posts[shot.number].post_id


async def _correct_a_slip(stage: Stage) -> None:
    if await stage.find(CORRECTION) is None:
        slip = await stage.find(SLIP) or await stage.write(SLIP)
        stage.announce(f"{SLIP.author} deletes a comment: {SLIP.text}")
        await stage.clients[SLIP.author].delete(f"/comments/{slip['comment_id']}")
        await stage.remark(CORRECTION)


async def _change_a_mind(stage: Stage) -> None:
    follower, followee = CHANGE_OF_MIND
    if await stage.find(FAREWELL) is None:
        stage.announce(f"{follower} follows {followee} and takes it back")
        path = f"/follow/{stage.clients[followee].account_id}"
        await stage.clients[follower].post(path)
        await stage.clients[follower].delete(path)
        await stage.remark(FAREWELL)


async def _take_down(stage: Stage) -> Published:
    """Publishes the doomed photo, notes its id and addresses in a comment that stays, and deletes it."""
    doomed, note = stage.script.doomed, Remark(stage.script.doomed.author, stage.script.note_on.number, NOTE)
    client = stage.clients[doomed.author]
    if await stage.find(note) is None:
        post = await publish(stage, doomed)
        places = [post_url.removeprefix(stage.summary.url) for post_url in post.urls]
        await stage.remark(Remark(note.author, note.shot, " ".join([NOTE, post.post_id, post.published_at, *places])))
    noted = (await stage.find(note))["text"].removeprefix(NOTE).split()
    deleted = Published(noted[0], noted[1], tuple(stage.local(place) for place in noted[2:]))
    try:
        await client.get(f"/posts/{deleted.post_id}")
    except ApiProblem as problem:
        if problem.status != 410:
            raise
    else:
        stage.announce(f"{doomed.author} deletes {doomed.photo.name}")
        await client.delete(f"/posts/{deleted.post_id}")
    return deleted


def _link(stage: Stage) -> None:
    first = stage.posts[0]
    author = stage.clients[stage.script.shots[0].author]
    stage.summary.links |= {
        "the API": stage.local("/docs"),
        "a photo": stage.local(first.urls[-1]),
        "a profile grid": stage.local(f"/users/{author.account_id}/feed"),
    }


def _leaves(group: BaseExceptionGroup[Exception]) -> list[Exception]:
    nested = [_leaves(inner) if isinstance(inner, BaseExceptionGroup) else [inner] for inner in group.exceptions]
    return [leaf for leaves in nested for leaf in leaves]


def _told(trouble: Exception, url: str) -> str:
    match trouble:
        case httpx.HTTPError():
            return f"expected a Photolog server at {url}, came {type(trouble).__name__}: {trouble}"
        case ApiProblem():
            return f"expected success, came: {trouble}"
        case KeyError():
            return f"expected an answer as the contract has it, came one without {trouble}"
        case _:
            return str(trouble)
