"""What must hold once a store is back: all that was acknowledged can be seen, once, and nothing else."""

import asyncio
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from commands.ports import Entry, Log
from schemas.positions import Position, encode_token
from tests.chaos.faults.client import Client
from tests.chaos.faults.known import Known
from tests.pace import patient

DRAINED_WITHIN_S = 30.0
PATHS = ["/feed", "/users/{account}", "/users/{account}/feed", "/posts/{post}", "/posts/{post}/likes"]
PATHS += ["/posts/{post}/comments"]
PLACES_IN_A_TOKEN = 8
EVENTS = {
    "account": "account.opened.v1",
    "post": "post.upload_completed.v2",
    "comment": "comment.written.v2",
}
"""What each kind of fact leaves in the log, once."""


async def drained(client: Client, log: Log) -> None:
    """Returns once every kind of read has seen the whole log. Raises TimeoutError."""
    ends = [Position(*place, end - 1) for place, end in (await log.ends()).items() if end]
    post = next(iter(client.known.posts), "")
    async with asyncio.timeout(patient(DRAINED_WITHIN_S)):
        for start in range(0, len(ends), PLACES_IN_A_TOKEN):
            seen = encode_token(ends[start : start + PLACES_IN_A_TOKEN])
            for path in PATHS:
                if post or "{post}" not in path:
                    await _page(client, path.format(account=client.account, post=post), seen=seen)


async def reckon(clients: list[Client], log: Log) -> None:
    """Compares everything that is known with everything that is shown and logged. For a site at rest."""
    known = clients[0].known
    for client in clients:
        await _of_account(client, known)
    for post in known.posts.values():
        await _of_post(clients[0], known, post.post_id)
    entries = [entry for place, end in (await log.ends()).items() for entry in await log.read(*place, 0, end)]
    _in_log(known, entries)


async def _of_account(client: Client, known: Known) -> None:
    account = client.account
    follows = {str(key[2]) for key, fact in known.sure("follow", account).items() if fact.value}
    profile = await _page(client, f"/users/{account}")
    assert profile["following_count"] == len(follows), f"{profile} follows {follows}"
    for fact in known.sure("name", account).values():
        assert profile["display_name"] == fact.value, f"{profile} is named {fact.value}"
    own = {post.post_id for post in known.posts.values() if post.author == account}
    shown = [card["post_id"] for card in await _all(client, f"/users/{account}/feed", "posts")]
    _same(f"the grid of {account}", shown, own)
    due = {post.post_id for post in known.posts.values() if post.author in follows}
    shown = [card["post_id"] for card in await _all(client, "/feed", "posts")]
    _same(f"the feed of {account}", shown, due)


async def _of_post(client: Client, known: Known, post: str) -> None:
    likes = {key[1] for key, fact in known.sure("like").items() if key[2] == post and fact.value}
    texts = [key[3] for key in known.sure("comment", post)]
    card = await _page(client, f"/posts/{post}")
    assert (card["like_count"], card["comment_count"]) == (len(likes), len(texts)), f"{card} has {likes} and {texts}"
    likers = [user["user_id"] for user in await _all(client, f"/posts/{post}/likes", "users")]
    _same(f"who likes {post}", likers, likes)
    shown = [comment["text"] for comment in await _all(client, f"/posts/{post}/comments", "comments")]
    _same(f"the comments on {post}", shown, texts)


def _same(what: str, shown: Iterable[Hashable], due: Iterable[Hashable]) -> None:
    """Both have the same members, as often. What is said otherwise is short."""
    more, less = Counter(shown), Counter(due)
    assert more == less, f"{what}: {dict(more - less)} too many, {dict(less - more)} too few"


def _in_log(known: Known, entries: list[Entry]) -> None:
    """The log may repeat an event; a second event for one command it may not have."""
    events = {entry.event_id: entry for entry in entries}
    for kind, name in EVENTS.items():
        found = sum(entry.type == name for entry in events.values())
        assert found == len(known.sure(kind)), f"{found} times {name} for {len(known.sure(kind))} commands"
    slots = Counter((entry.stream, entry.version) for entry in events.values())
    assert max(slots.values()) == 1, f"forks: {[slot for slot, times in slots.items() if times > 1]}"


async def _all(client: Client, path: str, name: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor: Mapping[str, str] = {}
    while True:
        page = await _page(client, path, params={"limit": 100, **cursor})
        items += page[name]
        if not page["has_more"]:
            return items
        cursor = {"cursor": page["next_cursor"]}


async def _page(client: Client, path: str, **more: Any) -> dict[str, Any]:
    """Asks again while it is refused with 503: after an outage, for as long as the callers' own deadline allows."""
    async with asyncio.timeout(patient(DRAINED_WITHIN_S)):
        while True:
            answer = await client.talk.ask("reckoning", "GET", path, token=client.token, **more)
            if answer is not None and answer.is_success:
                page: dict[str, Any] = answer.json()
                return page
            assert answer is not None, f"{path} is not answered"
            assert answer.status_code == 503, f"{path} is answered {answer.status_code} {answer.text}"
            await asyncio.sleep(float(answer.headers["Retry-After"]))
