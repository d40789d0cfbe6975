"""Feeds against their definition, whatever happens: follows, posts, celebrities, clears, losses, readers at once."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from processors import fanout
from query_api import pulling, rebuilds
from tests.forms import LONG
from tests.integration.feeds.feed_machine import FeedMachine
from tests.integration.feeds.feed_stand import CAP, COVERED
from tests.integration.schedules.at_once import commit_at_once

RUNS, STEPS, OFTEN = (600, 60, 100) if LONG else (20, 50, 1)
COMMON = ("crossings", "clears", "losses", "beyond the cap")
MUST = (*COMMON, "settled", "races", "slow readers") if LONG else COMMON


@pytest.mark.timeout(3_000)
def test_whatever_happens_every_feed_is_what_its_definition_says(monkeypatch: pytest.MonkeyPatch) -> None:
    commit_at_once(monkeypatch)
    monkeypatch.setattr(pulling, "KEPT", 3)
    monkeypatch.setattr(rebuilds, "FEED_LIMIT", CAP)
    monkeypatch.setattr(fanout, "FEED_LIMIT", CAP)
    COVERED.clear()
    run_state_machine_as_test(
        FeedMachine,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not LONG,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(dict(COVERED))
    assert {name: COVERED[name] for name in MUST if COVERED[name] < OFTEN} == {}
