"""What a body makes of a description: hashtags come and go with their caption, the author's own tags stay."""

from dataclasses import replace

from commands.api.posts import changes
from commands.post_state import Description
from events.personal import REDACTED
from events.posts import shown_tags
from schemas.posts import PostEdit

SAID = Description(caption="By the #lake", tags=("alps", "lake"), caption_tags=("lake",), alt_text="Water")


def described(body: PostEdit, before: Description) -> Description:
    return replace(before, **changes(body))


def test_what_is_not_given_stays() -> None:
    assert described(PostEdit(), SAID) == SAID


def test_another_caption_brings_its_own_hashtags_and_takes_the_old_ones_along() -> None:
    now = described(PostEdit(caption="On the #peak, #PEAK"), SAID)
    assert (now.tags, now.caption_tags) == (("alps", "lake"), ("peak",)), "a tag of one's own stays, said twice or not"
    assert shown_tags(now.tags, now.caption_tags) == ["alps", "lake", "peak"]


def test_other_tags_leave_those_of_the_caption_alone() -> None:
    now = described(PostEdit(tags=["sea", "#Sea"]), SAID)
    assert (now.tags, now.caption_tags) == (("sea",), ("lake",))
    assert shown_tags(now.tags, now.caption_tags) == ["sea", "lake"]


def test_null_clears() -> None:
    assert described(PostEdit(caption=None, tags=None), SAID) == Description(alt_text="Water")


def test_nothing_is_shown_of_tags_whose_key_is_gone() -> None:
    assert shown_tags(REDACTED, REDACTED) == []
