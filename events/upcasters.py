"""How events that were stored under an older version read today: from one version's data to the next, purely.

Chained by events/codec.py when it decodes. Values are opened, or REDACTED where the subject's key is destroyed. What
was stored stays as it is: only today's version is ever written.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

from events.envelope import EVENT_TYPES, Event, stem_and_version
from events.personal import Redacted
from schemas.tags import each_once, hashtags

Data = dict[str, Any]
Step = Callable[[Data], Data]


@dataclass(frozen=True)
class Upcaster:
    """From one version of an event type to the next."""

    source: str
    target: str
    personal: tuple[str, ...]
    """The fields that the older version kept sealed: no type says so any more."""
    step: Step
    """Takes the older version's data, opened; returns the next one's. Never fails because a value is REDACTED."""


UPCASTERS: dict[str, Upcaster] = {}
"""By the version that they take."""


def upcasts(source: str, *, to: str, personal: tuple[str, ...] = ()) -> Callable[[Step], Step]:
    """Declares how a version that is stored, but no longer written, becomes the one after it."""

    def register(step: Step) -> Step:
        (stem, version), target = stem_and_version(source), stem_and_version(to)
        if target != (stem, version + 1):
            raise TypeError(f"{source} is upcast to {stem}.v{version + 1}, not to {to}")
        if source in UPCASTERS:
            raise TypeError(f"{source} is upcast already")
        UPCASTERS[source] = Upcaster(source, to, personal, step)
        return step

    return register


def path_from(name: str) -> list[Upcaster]:
    """The steps from this version to today's; none for today's own."""
    steps = []
    while upcaster := UPCASTERS.get(name):
        steps.append(upcaster)
        name = upcaster.target
    return steps


def today_of(name: str) -> type[Event] | None:
    """As what a stored version is read today; None for what is of no type that is known."""
    while upcaster := UPCASTERS.get(name):
        name = upcaster.target
    return EVENT_TYPES.get(name)


def sealed_in(name: str) -> tuple[str, ...]:
    """The fields that are sealed in what is stored under this name; none where nobody knows it."""
    upcaster, event_type = UPCASTERS.get(name), EVENT_TYPES.get(name)
    return upcaster.personal if upcaster else event_type.personal if event_type else ()


def may_be(name: str, event_types: Container[type[Event]]) -> bool:
    """Whether what is stored under this name is read as one of these; also true of a name that nobody knows."""
    known = today_of(name)
    return known is None or known in event_types


@upcasts("comment.deleted.v1", to="comment.deleted.v2")
def nobody_said_in_which_role(data: Data) -> Data:
    """v1 did not say. The envelope's actor is known, but whose post it was is not: so nothing is claimed."""
    return {**data, "deleted_as": None}


@upcasts("post.liked.v1", to="post.liked.v2")
def nobody_said_whose_post_is_liked(data: Data) -> Data:
    """v1 did not say: nobody is told of such a like."""
    return {**data, "author_id": None}


@upcasts("comment.written.v1", to="comment.written.v2", personal=("text",))
def nobody_said_whom_a_comment_concerns(data: Data) -> Data:
    """v1 did not say: nobody is told of such a comment."""
    return {**data, "post_author_id": None, "mentions": ()}


@upcasts("device.registered.v1", to="device.registered.v2", personal=("token",))
def no_device_was_a_browser(data: Data) -> Data:
    """In the days of v1 there were phones alone."""
    return data


PROFILE = ("username", "email", "display_name", "bio")


@upcasts("account.profile_changed.v1", to="account.profile_changed.v2", personal=PROFILE)
@upcasts("account.email_confirmed.v1", to="account.email_confirmed.v2", personal=PROFILE)
def nobody_had_an_avatar(data: Data) -> Data:
    """In the days of v1 there were none."""
    return {**data, "avatar": None}


SAID = ("caption", "tags", "alt_text", "location")


@upcasts("post.reserved.v2", to="post.reserved.v3", personal=(*SAID, "caption_tags", "filename"))
def every_upload_came_as_a_whole(data: Data) -> Data:
    """In the days of v2 there were no parts."""
    return {**data, "in_parts": None}


@upcasts("post.published.v2", to="post.published.v3", personal=(*SAID, "caption_tags"))
@upcasts("post.removed.v1", to="post.removed.v2")
@upcasts("post.deleted.v1", to="post.deleted.v2")
def all_posts_of_an_author_lay_together(data: Data) -> Data:
    """Before that nobody's posts were spread."""
    return {**data, "salt": 0}


@upcasts("post.reserved.v1", to="post.reserved.v2", personal=(*SAID, "filename"))
@upcasts("post.upload_completed.v1", to="post.upload_completed.v2", personal=SAID)
@upcasts("post.published.v1", to="post.published.v2", personal=SAID)
@upcasts("post.edited.v1", to="post.edited.v2", personal=SAID)
def tags_apart(data: Data) -> Data:
    """v1 kept the author's own tags and the caption's in one list: own first, then those of the caption that were new.

    The shortest beginning that explains the list is the author's own: so both together are always what v1 said, in its
    order, whatever `hashtags` will find in a caption one day.
    """
    caption, tags = data["caption"], data["tags"]
    if isinstance(caption, Redacted) or isinstance(tags, Redacted):
        return {**data, "caption_tags": tags}
    found = each_once(tag for tag in hashtags(caption) if tag in tags)
    own = next(n for n in range(len(tags) + 1) if each_once([*tags[:n], *found]) == each_once(tags))
    return {**data, "tags": list(each_once(tags[:own])), "caption_tags": list(found)}
