"""Why a post is in a feed or not: each reason by itself, and that a page and the verdict would agree."""

from dataclasses import replace
from typing import Any

import pytest

from projections.celebrities import Pulled
from projections.ports import FeedEntry, StoredFeed
from query_api.feed_verdicts import Edge, Facts, Place, Post, judged
from schemas.positions import FOLLOWS, POSTS
from tests.unit.samples import ANN, BEN, NOON, POST

ENTRY = FeedEntry(NOON, POST, ANN)
LISTED, SAID = Place(5, POSTS, 1, 7, finished=True), Place(1, FOLLOWS, 0, 2, finished=True)
PUBLISHED = Post("published", ANN, entry=ENTRY, listed=LISTED, has_card=True)
HOLDS_IT = StoredFeed("whole", length=1, held=frozenset([ENTRY]))
SHOWN = Facts(BEN, POST, PUBLISHED, True, Edge(True, SAID), [], HOLDS_IT, [], 0)
LACKS_IT = StoredFeed("whole", length=3)


def told(facts: Facts, **changes: Any) -> tuple[str, list[str]]:
    verdict = judged(replace(facts, **changes))
    assert all(reason.detail for reason in verdict.because)
    return verdict.answer, [reason.code for reason in verdict.because]


def test_what_the_stored_feed_holds_of_who_is_followed_is_shown() -> None:
    assert told(SHOWN) == ("shown", ["stored"])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"post": None}, "unknown_post"),
        ({"post": Post("pending", ANN)}, "pending"),
        ({"post": Post("rejected", ANN, "corrupt")}, "rejected"),
        ({"post": replace(PUBLISHED, status="deleted", listed=None, has_card=False)}, "deleted"),
        ({"account": ANN}, "own_post"),
        ({"edge": None}, "not_followed"),
        ({"edge": Edge(False, SAID)}, "unfollowed"),
        ({"post": replace(PUBLISHED, listed=None)}, "not_listed"),
        ({"post": replace(PUBLISHED, has_card=False)}, "no_card"),
        ({"author_is_known": False}, "no_card"),
    ],
)
def test_what_no_reader_is_to_see_is_hidden_for_one_reason(changes: dict[str, Any], code: str) -> None:
    assert told(SHOWN, **changes) == ("hidden", [code])
    assert told(SHOWN, **changes, spans=[Pulled(0, None, False)]) == ("hidden", [code]), "pulled or not"


def test_an_ended_follow_is_told_with_its_version_and_place() -> None:
    (reason,) = judged(replace(SHOWN, edge=Edge(False, SAID))).because
    assert "version 1, at photolog.follows[0] 2" in reason.detail


def test_what_waits_behind_a_dead_letter_or_is_not_taken_yet_is_coming() -> None:
    assert told(SHOWN, post=None, held=["post/1 waits"]) == ("coming", ["unknown_post", "held"])
    assert told(SHOWN, post=None, behind=3) == ("coming", ["unknown_post"])
    assert told(SHOWN, post=replace(PUBLISHED, listed=None), behind=3) == ("coming", ["not_listed"])
    assert told(SHOWN, held=["follow/1/2 waits"]) == ("shown", ["stored", "held"])
    assert told(SHOWN, stored=LACKS_IT, held=["post/1 waits"]) == ("coming", ["not_stored", "held"])


@pytest.mark.parametrize(
    ("spans", "shown"),
    [
        ([Pulled(NOON, None, False)], True),
        ([Pulled(NOON - 9, NOON, False)], True),
        ([Pulled(NOON - 9, NOON, True)], False),
        ([Pulled(NOON - 9, NOON + 1, True)], True),
        ([Pulled(NOON + 1, None, False)], False),
    ],
)
def test_a_post_of_a_celebrity_is_pulled_as_readers_pull_it(spans: list[Pulled], shown: bool) -> None:
    assert told(SHOWN, stored=LACKS_IT, spans=spans)[0] == ("shown" if shown else "missing")


@pytest.mark.parametrize(
    ("stored", "code"),
    [
        (StoredFeed("absent"), "made_anew"),
        (StoredFeed("building"), "made_anew"),
        (StoredFeed("over"), "made_anew"),
        (StoredFeed("unknown"), "read_past"),
        (StoredFeed("whole", floor=FeedEntry(NOON + 1, POST, ANN)), "below_floor"),
    ],
)
def test_what_the_stored_feed_cannot_hold_is_read_from_the_tables(stored: StoredFeed, code: str) -> None:
    assert told(SHOWN, stored=stored) == ("shown", [code])


def test_a_push_that_is_not_over_is_on_its_way_and_one_that_is_over_is_missing() -> None:
    late = replace(PUBLISHED, listed=LISTED._replace(finished=False))
    assert told(SHOWN, stored=LACKS_IT, post=late) == ("coming", ["fan_out"])
    assert told(SHOWN, stored=LACKS_IT, edge=Edge(True, SAID._replace(finished=False))) == ("coming", ["backfill"])
    assert told(SHOWN, stored=LACKS_IT) == ("missing", ["not_stored"])
