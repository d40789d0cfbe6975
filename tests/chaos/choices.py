"""The seeded choice of the next command: mostly sensible, now and then one that is refused or changes nothing."""

import json
import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.chaos.pictures import COUNT, checksum, picture
from tests.chaos.wire import Command
from tests.chaos.world import World

PASSWORD = "correct horse battery"
MAX_OPEN_UPLOADS = 3
MAX_UPLOADS = 9
"""Of one account in a round: more in a minute would be refused (429)."""
ODD = 0.04
"""How often a target is taken that may be unpublished, deleted, or already as it should be."""


@dataclass(frozen=True)
class Ask:
    """A request without its key."""

    method: str
    path: str
    body: dict[str, Any] | None = None


Maker = Callable[[World, str, random.Random], Ask | None]


Makers = Mapping[str, tuple[int, Maker]]
"""How often each kind is tried, and what makes it: None when there is nothing to do it to."""


def next_command(world: World, actor: str, chance: random.Random, makers: Makers | None = None) -> Command:
    """What this account does next, under a key of its own."""
    kinds = MAKERS if makers is None else makers
    while True:
        kind = chance.choices(list(kinds), [weight for weight, _ in kinds.values()])[0]
        ask = kinds[kind][1](world, actor, chance)
        if ask is not None:
            return command(kind, actor, ask, chance)


def command(kind: str, actor: str, ask: Ask, chance: random.Random) -> Command:
    """The command with the next key that chance gives."""
    body = b"" if ask.body is None else json.dumps(ask.body).encode()
    key = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    return Command(kind, "" if kind == "sign_up" else actor, ask.method, ask.path, body, key)


def sign_up(_world: World, _actor: str, chance: random.Random) -> Ask:
    name = f"user_{chance.getrandbits(48):012x}"
    return Ask("POST", "/accounts", {"username": name, "password": PASSWORD, "email": f"{name}@example.org"})


def reserve(world: World, actor: str, chance: random.Random) -> Ask | None:
    own = [photo.state for photo in world.photos.values() if photo.author == actor]
    if own.count("reserved") >= MAX_OPEN_UPLOADS or len(own) >= MAX_UPLOADS:
        return None
    number = chance.randrange(COUNT)
    content = picture(number)
    # A draft: the object store's word must not complete it, so that every event is some client's command.
    body = {"filename": f"{number}.jpg", "content_type": "image/jpeg", "size_bytes": len(content)}
    body |= {"caption": f"number {chance.randrange(1_000)} #chaos", "draft": True}
    if chance.random() < 0.3:
        body["checksum_sha256"] = checksum(content)
    return Ask("POST", chance.choice(["/posts", "/photos"]), body)


def complete(world: World, actor: str, chance: random.Random) -> Ask | None:
    waiting = world.photos_of(actor, "reserved")
    body = {"caption": "said at the end"} if chance.random() < 0.3 else {}
    return Ask("POST", f"/posts/{waiting[0].post_id}/complete", body) if waiting else None


def delete_post(world: World, actor: str, chance: random.Random) -> Ask | None:
    own = world.photos_of(actor, "reserved", "completed", "published")
    return Ask("DELETE", f"/posts/{chance.choice(own).post_id}") if own else None


def like(world: World, _actor: str, chance: random.Random) -> Ask | None:
    post = _post(world, chance)
    return Ask("POST", f"/likes/{post}") if post else None


def unlike(world: World, actor: str, chance: random.Random) -> Ask | None:
    liked = sorted(post for account, post in world.likes if account == actor)
    post = chance.choice(liked) if liked and chance.random() > ODD else _post(world, chance)
    return Ask("DELETE", f"/likes/{post}") if post else None


def comment(world: World, _actor: str, chance: random.Random) -> Ask | None:
    post = _post(world, chance)
    return Ask("POST", f"/posts/{post}/comments", {"text": f"remark {chance.randrange(1_000)}"}) if post else None


def delete_comment(world: World, actor: str, chance: random.Random) -> Ask | None:
    may = [c for c, (author, post) in world.comments.items() if actor in (author, world.photos[post].author)]
    return Ask("DELETE", f"/comments/{chance.choice(may)}") if may else None


def follow(world: World, actor: str, chance: random.Random) -> Ask:
    whom = actor if chance.random() < ODD / 2 else chance.choice([a for a in world.usernames if a != actor])
    if chance.random() < 0.3:
        return Ask("POST", "/follows", {"user_id": whom})
    return Ask("POST", f"/follow/{whom}")


def unfollow(world: World, actor: str, chance: random.Random) -> Ask:
    followed = sorted(whom for account, whom in world.follows if account == actor)
    whom = chance.choice(followed) if followed else chance.choice([a for a in world.usernames if a != actor])
    return Ask("DELETE", f"/follow/{whom}")


def patch(_world: World, _actor: str, chance: random.Random) -> Ask:
    number = chance.randrange(1_000)
    return Ask("PATCH", "/me", chance.choice([{"display_name": f"Name {number}"}, {"bio": f"Life {number}"}]))


MAKERS: Makers = {
    "like": (22, like),
    "comment": (15, comment),
    "follow": (12, follow),
    "complete": (14, complete),
    "reserve": (12, reserve),
    "unlike": (6, unlike),
    "unfollow": (5, unfollow),
    "delete_comment": (5, delete_comment),
    "patch": (4, patch),
    "sign_up": (3, sign_up),
    "delete_post": (3, delete_post),
}


def _post(world: World, chance: random.Random) -> str | None:
    posts = list(world.photos) if chance.random() < ODD else world.published()
    return chance.choice(posts) if posts else None
