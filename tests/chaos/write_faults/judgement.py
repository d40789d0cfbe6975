"""What must hold whatever was killed or cut: of the log, of the ledger, and of what clients were told."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from schemas.positions import decode_token
from tests.chaos.claims import WHOLE, assert_each_once
from tests.chaos.write_faults.ledger import Snapshot
from tests.chaos.write_faults.sent import Sent
from tests.reference.log import LIKE, LogEvent, assert_sound

Place = tuple[str, int, int]
Ids = Mapping[str, str]
"""Command ids by key, of every command that got as far as the ledger."""
SYSTEM = "system:"


class Judgement:
    """One look at the whole site at rest: the log, the ledger and every command that was sent."""

    def __init__(self, log: Sequence[LogEvent], ledger: Snapshot, ids: Ids) -> None:
        self.log = log
        self._ledger = ledger
        self._ids = ids
        self._at: dict[Place, LogEvent] = {place: event for event in log for place in event.places}
        self._by_command: dict[str, list[LogEvent]] = defaultdict(list)
        for event in log:
            self._by_command[event.causation].append(event)

    @property
    def late_duplicates(self) -> int:
        """Events that the log holds more than once; only the first counts."""
        return sum(len(event.again) for event in self.log)

    def left_by(self, one: Sent) -> list[LogEvent]:
        """The events of a command."""
        command_id = self._ids.get(one.command.key)
        return self._by_command.get(command_id, []) if command_id else []

    def assert_right(self, sent: Sequence[Sent]) -> None:
        """Everything."""
        assert_sound(self.log)
        assert_each_once(self.log)
        self._assert_log_is_ledger()
        self._assert_nothing_made_up()
        for one in sent:
            self._assert_whole_or_absent(one)
        assert_ordered(sent, self)

    def _assert_log_is_ledger(self) -> None:
        """Same events under the same versions; every stream is marked to its end, at a place where its end stands."""
        logged: dict[str, dict[int, LogEvent]] = defaultdict(dict)
        for event in self.log:
            if not event.stream.startswith(LIKE):
                logged[event.stream][event.version] = event
        above = self._ledger.above_marks()
        assert not above, f"nobody has finished {above}"
        decided = self._ledger.streams
        assert decided.keys() == logged.keys(), f"in ledger or log alone: {decided.keys() ^ logged.keys()}"
        for stream, rows in decided.items():
            ids = {version: (event.event_id, event.causation) for version, event in logged[stream].items()}
            known = {version: (row.event_id, row.command_id) for version, row in rows.items()}
            assert ids == known, f"the log has {ids} of {stream}, the ledger {known}"
            version, place = self._ledger.marks[stream]
            assert place in logged[stream][version].places, f"{stream} is marked at {place}: {logged[stream][version]}"
            assert version == max(rows), f"{stream} is marked to {version}, and has {sorted(rows)}"

    def _assert_nothing_made_up(self) -> None:
        known = set(self._ids.values())
        unknown = [e for e in self.log if not e.actor.startswith(SYSTEM) and e.causation not in known]
        assert not unknown, f"nobody asked for {unknown}"

    def _assert_whole_or_absent(self, one: Sent) -> None:
        """What was acknowledged is where its answer says; what was refused is not there; the rest is all or nothing."""
        own, whole = self.left_by(one), WHOLE[one.command.kind]
        names = sorted(event.name for event in own)
        assert names in ([], sorted(whole)), f"{one} left {names}, which is a part of {whole}"
        if one.done:
            self._assert_where_it_says(one, own)
        elif one.answer is not None:
            assert not own, f"{one}, with {one.answer.body!r}, and yet it left {own}"

    def _assert_where_it_says(self, one: Sent, own: Sequence[LogEvent]) -> None:
        assert one.answer is not None
        named = [self._at.get((p.topic, p.partition, p.offset)) for p in decode_token(one.answer.position).places]
        assert None not in named, f"{one} is not in the log, at {one.answer.position}"
        told = [event for event in named if event is not None]
        if not own:  # it found done what it wanted, by another command; what never began needs no place at all
            done_by_another = all(event.name in WHOLE[one.command.kind] for event in told)
            assert done_by_another, f"{one} left nothing, and points at {told}"
            assert told or one.command.kind == "unfollow", f"{one} left nothing, and points at nothing"
        elif not one.interrupted:
            assert all(event in own for event in told), f"{one} points at {told}, and left {own}"
            assert not _beyond(own, told), f"{one} points at {told}, which does not show {own}"
        else:  # what a retry finds done, it answers from the end of the stream
            streams = {event.stream for event in own}
            assert all(event.stream in streams for event in told), f"{one} points at {told}, and left {own}"
            assert not _beyond(own, told), f"{one} points at {told}, which does not show {own}"


def assert_ordered(sent: Iterable[Sent], judgement: Judgement) -> None:
    """A command that was answered before another was sent stands before it in their stream."""
    streams: dict[str, list[tuple[int, Sent]]] = defaultdict(list)
    for one in sent:
        for event in judgement.left_by(one):
            streams[event.stream].append((event.version, one))
    for stream, decided in streams.items():
        latest = -1.0
        for version, one in sorted(decided, key=lambda pair: pair[0]):
            latest = max(latest, one.began)
            assert one.ended >= latest, f"{stream} version {version} was answered before an earlier one was sent: {one}"


def _beyond(own: Iterable[LogEvent], told: Sequence[LogEvent]) -> list[LogEvent]:
    """Those that a reader who has got to the places that were told has not seen."""
    ends: dict[tuple[str, int], int] = {}
    for event in told:
        place = event.topic, event.partition
        ends[place] = max(ends.get(place, -1), event.offset, *event.again)
    return [event for event in own if event.offset > ends.get((event.topic, event.partition), -1)]
