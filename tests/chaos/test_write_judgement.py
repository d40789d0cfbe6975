"""The judgement of the write faults, on hand-made logs and ledgers: whatever a site could get wrong must be seen."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from schemas.positions import FOLLOWS, Position, encode_token
from tests.chaos.wire import Answer, Command
from tests.chaos.write_faults.judgement import Judgement
from tests.chaos.write_faults.ledger import Row, Snapshot
from tests.chaos.write_faults.sent import Sent
from tests.reference.kafka_log import once_each
from tests.reference.log import LogEvent

ADA, STREAM = "ac_ada", "follow/ac_ada/ac_ben"
IDS = {"k1": "cm_1", "k2": "cm_2", "k3": "cm_3"}


def event(version: int, name: str = "follow.started", causation: str = "") -> LogEvent:
    command = causation or f"cm_{version}"
    return LogEvent(FOLLOWS, 0, version - 1, STREAM, version, f"ev_{version}", name, 0, ADA, command, {})


def sent(
    key: str,
    offset: int | None = None,
    kind: str = "follow",
    began: float = 0,
    ended: float = math.inf,
    status: int = 200,
) -> Sent:
    """A command that was answered with this place of the log, or was not answered."""
    command = Command(kind, ADA, "DELETE" if kind == "unfollow" else "POST", "/follow/ac_ben", b"", key)
    if offset is None:
        return Sent(command, began)
    position = encode_token([Position(FOLLOWS, 0, offset)]) if offset >= 0 else encode_token([])
    return Sent(command, began, Answer(status, b"", position, None), "command-api-1", ended)


def ledger_of(log: Sequence[LogEvent]) -> Snapshot:
    """The ledger that goes with a log."""
    streams: dict[str, dict[int, Row]] = {}
    for one in log:
        streams.setdefault(one.stream, {})[one.version] = Row(one.event_id, one.causation)
    marks = {one.stream: (one.version, one.place) for one in log}
    return Snapshot(streams, marks)


def judge(log: Sequence[LogEvent], *commands: Sent, ledger: Snapshot | None = None) -> None:
    Judgement(log, ledger or ledger_of(log), IDS).assert_right(commands)


FOLLOWED, UNFOLLOWED = event(1), event(2, "follow.ended")


def test_a_sound_site_is_right() -> None:
    judge([FOLLOWED, UNFOLLOWED], sent("k1", 0), sent("k2", 1, "unfollow"), sent("k3"))


def test_a_lost_command_is_seen() -> None:
    with pytest.raises(AssertionError, match="is not in the log"):
        judge([FOLLOWED], sent("k1", 0), sent("k2", 1, "unfollow"))


def test_a_command_that_is_there_elsewhere_than_it_says_is_seen() -> None:
    with pytest.raises(AssertionError, match="points at"):
        judge([FOLLOWED, UNFOLLOWED], sent("k1", 1), sent("k2", 1, "unfollow"))


def test_a_retry_may_point_at_a_later_event_of_its_stream() -> None:
    retried = sent("k1", 1)
    retried.lost["overloaded"] += 1
    judge([FOLLOWED, UNFOLLOWED], retried, sent("k2", 1, "unfollow"))


def test_a_command_that_is_applied_twice_is_seen() -> None:
    with pytest.raises(AssertionError, match="applied twice"):
        judge([FOLLOWED, UNFOLLOWED, event(3, causation="cm_1")], sent("k1", 0), sent("k2", 1, "unfollow"))


def test_a_refused_command_that_left_something_is_seen() -> None:
    with pytest.raises(AssertionError, match="and yet it left"):
        judge([FOLLOWED], sent("k1", 0, status=404))


def test_an_event_that_nobody_asked_for_is_seen() -> None:
    with pytest.raises(AssertionError, match="nobody asked for"):
        judge([event(1, causation="cm_9")], sent("k3"))


def test_an_acknowledged_command_that_left_nothing_needs_another_that_did_the_same() -> None:
    judge([FOLLOWED], sent("k1", 0), sent("k2", 0))
    judge([], sent("k2", -1, "unfollow"))
    with pytest.raises(AssertionError, match="left nothing"):
        judge([FOLLOWED], sent("k1", 0), sent("k2", 0, "unfollow"))
    with pytest.raises(AssertionError, match="points at nothing"):
        judge([], sent("k2", -1))


def test_a_decision_that_nobody_finished_is_seen() -> None:
    ledger = ledger_of([FOLLOWED, UNFOLLOWED])
    with pytest.raises(AssertionError, match="nobody has finished"):
        judge([FOLLOWED], sent("k1", 0), ledger=replace(ledger, marks={STREAM: (1, FOLLOWED.place)}))


def test_a_ledger_and_a_log_that_disagree_are_seen() -> None:
    ledger = ledger_of([FOLLOWED, UNFOLLOWED])
    with pytest.raises(AssertionError, match="the log has"):
        judge([FOLLOWED], sent("k1", 0), ledger=ledger)
    with pytest.raises(AssertionError, match="in ledger or log alone"):
        judge([FOLLOWED], sent("k1", 0), ledger=Snapshot({}, {}))
    with pytest.raises(AssertionError, match="is marked at"):
        judge([FOLLOWED], sent("k1", 0), ledger=replace(ledger_of([FOLLOWED]), marks={STREAM: (1, (FOLLOWS, 0, 7))}))


def test_a_mark_may_stand_at_a_late_duplicate() -> None:
    log = once_each([FOLLOWED, replace(FOLLOWED, offset=1)])
    judge(log, sent("k1", 1), ledger=replace(ledger_of(log), marks={STREAM: (1, (FOLLOWS, 0, 1))}))


def test_an_order_that_no_client_saw_is_seen() -> None:
    first, second = sent("k1", 0, began=5, ended=6), sent("k2", 1, "unfollow", began=1, ended=7)
    judge([FOLLOWED, UNFOLLOWED], first, second)
    with pytest.raises(AssertionError, match="before an earlier one was sent"):
        judge([FOLLOWED, UNFOLLOWED], first, sent("k2", 1, "unfollow", began=1, ended=2))
