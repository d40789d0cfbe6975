"""Likes as a release wrote them that this one does not know, and what that release knows. For tests of upgrades."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from events import upcasters
from events.codec import encode
from events.envelope import EVENT_TYPES, Event, Recorded
from events.likes import PostLiked
from schemas.ids import AccountId, PostId
from tests.integration.stores import NO_KEY
from tests.unit.samples import recorded

NEWER = "post.liked.v3"


class LikedWithReaction(PostLiked):
    """What the next release likes with."""

    reaction: str


LikedWithReaction.type_name, LikedWithReaction.subject_field = NEWER, "account_id"


@contextmanager
def upgraded() -> Iterator[None]:
    """Inside, this process is of the next release: it reads today's version too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(EVENT_TYPES, "post.liked.v2")
        patch.setitem(EVENT_TYPES, NEWER, LikedWithReaction)
        patch.setattr(upcasters, "UPCASTERS", dict(upcasters.UPCASTERS))
        upcasters.upcasts("post.liked.v2", to=NEWER)(lambda data: {**data, "reaction": "heart"})
        yield


def newer_like(post: PostId, number: int) -> Recorded[Event]:
    """A like that only the next release can read."""
    account = AccountId(f"ac_new_{number}")
    event = LikedWithReaction(post_id=post, account_id=account, author_id=None, reaction="applause")
    return recorded(event, f"like/{post}/{account}", event_id=f"ev_new_{post}_{number}")


def unheard_of(post: PostId) -> tuple[Recorded[Event], bytes]:
    """An event of a type that came with the next release, and its wire form."""
    event = newer_like(post, 0)
    return event, encode(event, NO_KEY).replace(NEWER.encode(), b"post.pinned.v1")
