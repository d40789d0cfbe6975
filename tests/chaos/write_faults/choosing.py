"""What the clients of the write side want next: every kind of command that needs no upload, seeded."""

import random
from functools import partial

from tests.chaos.choices import Ask, Makers, comment, delete_comment, follow, like, sign_up, unfollow, unlike
from tests.chaos.world import World

MAX_OPEN = 3
"""Reservations of one account that are not deleted yet."""


def patch(_world: World, _actor: str, chance: random.Random) -> Ask:
    """A profile that nobody has had: the command always changes something."""
    return Ask("PATCH", "/me", {chance.choice(["display_name", "bio"]): f"said {chance.getrandbits(40):x}"})


def reserve(world: World, actor: str, chance: random.Random) -> Ask | None:
    if len(world.photos_of(actor, "reserved")) >= MAX_OPEN:
        return None
    body = {"filename": "0.jpg", "content_type": "image/jpeg", "size_bytes": 1_000, "draft": True}
    return Ask("POST", "/posts", body | {"caption": f"number {chance.getrandbits(40):x}"})


def delete_reserved(world: World, actor: str, chance: random.Random) -> Ask | None:
    own = world.photos_of(actor, "reserved")
    return Ask("DELETE", f"/posts/{chance.choice(own).post_id}") if own else None


def edit(post: str, _world: World, _actor: str, chance: random.Random) -> Ask:
    """Another caption for this post."""
    return Ask("PATCH", f"/posts/{post}", {"caption": f"said {chance.getrandbits(40):x}"})


OWN: Makers = {
    "like": (18, like),
    "comment": (18, comment),
    "patch": (14, patch),
    "follow": (12, follow),
    "unlike": (8, unlike),
    "unfollow": (8, unfollow),
    "delete_comment": (8, delete_comment),
    "reserve": (6, reserve),
    "delete_post": (5, delete_reserved),
    "sign_up": (3, sign_up),
}
"""What a client does with an account of its own."""


def contended(post: str) -> Makers:
    """What several clients do at once with one account and its pending post."""
    return {"patch": (1, patch), "edit": (1, partial(edit, post))}
