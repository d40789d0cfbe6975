"""From how many followers on posts are left to readers, by what pushing is measured to cost."""

from processors.threshold import AGREED, ENOUGH, MEASURED, Threshold


def measured(threshold: Threshold, follower_s: float, times: int = 1) -> Threshold:
    """So many measurements that all say that one follower costs this."""
    for _ in range(times):
        threshold.pushed(ENOUGH, ENOUGH * follower_s)
    return threshold


def adapting() -> Threshold:
    """A post may take a second."""
    return Threshold(10_000, most_s=1.0, least=1_000, most=100_000)


def test_without_a_time_that_a_post_may_take_it_stays_and_the_cost_is_known_all_the_same() -> None:
    threshold = measured(Threshold(10_000), 0.01, times=9)
    assert (threshold.followers, threshold.raised, threshold.lowered) == (10_000, 0, 0)
    assert threshold.follower_s == 0.01


def test_what_gets_cheaper_raises_it_at_most_to_twice_as_many_at_once() -> None:
    threshold = measured(adapting(), 1 / 60_000)
    assert (threshold.followers, threshold.raised) == (20_000, 1)
    measured(threshold, 1 / 60_000, times=5)
    assert (threshold.followers, threshold.raised) == (60_000, 3), "and no further than a post may take"


def test_what_gets_dearer_lowers_it_only_once_several_measurements_in_a_row_agree() -> None:
    threshold = measured(adapting(), 1 / 3_000, times=AGREED - 1)
    assert threshold.followers == 10_000, "whoever becomes a celebrity stays one"
    measured(threshold, 1 / 10_000)
    measured(threshold, 1 / 3_000, times=AGREED - 1)
    assert threshold.followers == 10_000, "one that says otherwise begins the count anew"
    measured(threshold, 1 / 3_000)
    assert (threshold.followers, threshold.lowered) == (5_000, 1)
    measured(threshold, 1 / 3_000, times=AGREED)
    assert (threshold.followers, threshold.lowered) == (3_000, 2)


def test_it_stays_within_its_bounds_however_cheap_or_dear_a_push_is() -> None:
    assert measured(adapting(), 1e-9, times=50).followers == 100_000
    assert measured(adapting(), 10.0, times=50).followers == 1_000


def test_what_changes_it_little_changes_nothing() -> None:
    threshold = measured(adapting(), 1 / 11_000, times=9)
    measured(threshold, 1 / 9_000, times=9)
    assert (threshold.followers, threshold.raised, threshold.lowered) == (10_000, 0, 0)


def test_posts_with_few_followers_say_nothing_of_what_a_follower_costs() -> None:
    threshold = adapting()
    for _ in range(ENOUGH):
        threshold.pushed(MEASURED - 1, 5.0)
    assert (threshold.follower_s, threshold.followers) == (0.0, 10_000)
