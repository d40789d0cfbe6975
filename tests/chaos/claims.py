"""Which events of the log belong to which command: so that none is lost, half done, doubled or made up."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from schemas.positions import decode_token
from tests.chaos.wire import Attempt, Command
from tests.reference.log import LogEvent

Groups = Mapping[str, Sequence[LogEvent]]
"""Events by the id of the command that decided them."""

WHOLE = {
    "sign_up": {"username.claimed", "account.opened"},
    "patch": {"account.profile_changed"},
    "reserve": {"post.reserved"},
    "complete": {"post.upload_completed"},
    "edit": {"post.edited"},
    "delete_post": {"post.deleted"},
    "like": {"post.liked"},
    "unlike": {"post.unliked"},
    "comment": {"comment.written"},
    "delete_comment": {"comment.deleted"},
    "follow": {"follow.started"},
    "unfollow": {"follow.ended"},
}
"""All that each kind of command leaves in the log, when it leaves anything."""


def assert_in_log(log: Sequence[LogEvent], attempts: Iterable[Attempt]) -> None:
    """What was acknowledged is in the log, at the position that the answer named."""
    places = {place for event in log for place in event.places}
    for attempt in attempts:
        if attempt.answer is not None and attempt.answer.done:
            named = [(p.topic, p.partition, p.offset) for p in decode_token(attempt.answer.position).places]
            # To end what never began changes nothing, and any position shows that.
            assert named or attempt.command.kind == "unfollow", f"{attempt} names no position"
            assert places.issuperset(named), f"{attempt} is not in the log"


def assert_each_once(log: Iterable[LogEvent]) -> None:
    """No command left the same kind of event twice."""
    left: dict[tuple[str, str], LogEvent] = {}
    for event in log:
        first = left.setdefault((event.causation, event.name), event)
        assert first is event, f"{event.causation} was applied twice: {first} and {event}"


def unclaimed(log: Sequence[LogEvent], attempts: Iterable[Attempt]) -> Groups:
    """Events that accounts caused and that no answer accounts for, by command."""
    at = {place: event for event in log for place in event.places}
    claimed = {at[place].causation for attempt in attempts for place in _places(attempt) if _is_own(at[place], attempt)}
    groups: dict[str, list[LogEvent]] = defaultdict(list)
    for event in log:
        if not event.actor.startswith("system:") and event.causation not in claimed:
            groups[event.causation].append(event)
    return groups


def matched(groups: Groups, interrupted: Sequence[Attempt]) -> dict[str, str]:
    """For each interrupted command that is in the log, by its key, the id under which it is there.

    Every group must be all of exactly one of these commands.
    """
    free = {attempt.command.key: attempt.command for attempt in interrupted}
    found: dict[str, str] = {}
    for causation, events in groups.items():
        key = next((key for key, command in free.items() if _is_all_of(command, events)), None)
        assert key is not None, f"{causation} is no interrupted command, or only part of one: {events}"
        del free[key]
        found[key] = causation
    return found


def names_its_own(log: Sequence[LogEvent], attempts: Iterable[Attempt]) -> list[bool]:
    """For each attempt, whether its answer points at an event of the kind that it leaves."""
    at = {place: event for event in log for place in event.places}
    return [any(_is_own(at[place], attempt) for place in _places(attempt)) for attempt in attempts]


def causations_of(log: Sequence[LogEvent], attempt: Attempt) -> set[str]:
    """The commands at whose events this answer points."""
    at = {place: event.causation for event in log for place in event.places}
    return {at[place] for place in _places(attempt)}


def _places(attempt: Attempt) -> list[tuple[str, int, int]]:
    if attempt.answer is None or not attempt.answer.done:
        return []
    return [(place.topic, place.partition, place.offset) for place in decode_token(attempt.answer.position).places]


def _is_own(event: LogEvent, attempt: Attempt) -> bool:
    """Answers of commands that changed nothing point at events of others: those are not theirs."""
    return event.name in WHOLE[attempt.command.kind] and attempt.command.actor in ("", event.actor)


def _is_all_of(command: Command, events: Sequence[LogEvent]) -> bool:
    names = [event.name for event in events]
    if len(names) != len(WHOLE[command.kind]) or set(names) != WHOLE[command.kind]:
        return False
    if command.kind == "sign_up":
        return len({event.data["account_id"] for event in events}) == 1
    return events[0].actor == command.actor and fnmatchcase(events[0].stream, _stream(command))


def _stream(command: Command) -> str:
    """The stream that a command is about; `*` for an id that only its answer tells."""
    target = command.fields.get("user_id") or command.path.split("/")[-1]
    match command.kind:
        case "patch":
            return f"account/{command.actor}"
        case "reserve":
            return "post/*"
        case "complete":
            return f"post/{command.path.split('/')[2]}"
        case "edit" | "delete_post":
            return f"post/{target}"
        case "comment":
            return f"comment/{command.path.split('/')[2]}/*"
        case "delete_comment":
            return f"comment/*/{target}"
        case "like" | "unlike":
            return f"like/{target}/{command.actor}"
        case _:
            return f"follow/{command.actor}/{target}"
