"""The celebrity aggregate: one stream for each account whose followers became too many to push to.

A span begins by itself, with the count of the read models, and is ended by operators alone. Times only say which posts
are meant: a clock that is off moves a span, and no post falls between pushed and pulled.
"""

from dataclasses import dataclass

from commands.aggregate import Aggregate, Command
from events.celebrities import Celebrity, CelebrityCleared, CelebrityCrossed, CelebritySettled, Span
from events.envelope import Event
from schemas.ids import AccountId, Millis
from schemas.refusals import UnknownCelebrity

GROWN = 2
"""Times the followers that it has when it is cleared: with so many it is a celebrity again, unless something else is
said. Otherwise the very next follow would undo what the operator did."""


@dataclass(frozen=True)
class CelebrityCommand(Command):
    account_id: AccountId

    @property
    def stream(self) -> str:
        return celebrity_stream(self.account_id)


@dataclass(frozen=True)
class CrossThreshold(CelebrityCommand):
    """It was counted to have so many followers, and the site's threshold is not above that."""

    followers: int
    at: Millis


@dataclass(frozen=True)
class ClearCelebrity(CelebrityCommand):
    """Push its posts again. `again_at`: how many followers make it a celebrity once more; None: GROWN times as many."""

    followers: int
    at: Millis
    reason: str
    again_at: int | None = None


@dataclass(frozen=True)
class SettleCelebrity(CelebrityCommand):
    """Everything published at `until` or later is pushed, or will be."""

    until: Millis


def celebrity_stream(account: AccountId) -> str:
    """The stream of one account."""
    return f"celebrity/{account}"


def decide(celebrity: Celebrity | None, command: CelebrityCommand) -> list[Event]:
    spans = () if celebrity is None else celebrity.spans
    match command:
        case CrossThreshold():
            return _crossed(celebrity, command)
        case ClearCelebrity() | SettleCelebrity() if celebrity is None:
            raise UnknownCelebrity
        case ClearCelebrity() if celebrity is not None and _goes_on(spans):
            again_at = GROWN * command.followers if command.again_at is None else command.again_at
            ended = spans[-1].model_copy(update={"until": max(command.at, spans[-1].since)})
            said = {**dict(celebrity), "spans": (*spans[:-1], ended), "again_at": again_at}
            return [CelebrityCleared(**said, reason=command.reason)]
        case SettleCelebrity(until=until) if celebrity is not None:
            settled = tuple(
                span.model_copy(update={"settled": True}) if span.until == until else span for span in spans
            )
            return [] if settled == spans else [CelebritySettled(**{**dict(celebrity), "spans": settled})]
        case _:
            return []  # it is cleared already


def _crossed(celebrity: Celebrity | None, command: CrossThreshold) -> list[Event]:
    spans, again_at = ((), 0) if celebrity is None else (celebrity.spans, celebrity.again_at)
    if _goes_on(spans) or command.followers < again_at:
        return []
    since = max([command.at, *(span.until for span in spans[-1:] if span.until is not None)])
    begun = (*spans, Span(since=since))
    return [
        CelebrityCrossed(account_id=command.account_id, spans=begun, followers=command.followers, again_at=again_at)
    ]


def _goes_on(spans: tuple[Span, ...]) -> bool:
    return bool(spans) and spans[-1].until is None


def evolve(_celebrity: Celebrity | None, event: Event) -> Celebrity:
    if not isinstance(event, Celebrity):
        raise TypeError(f"{type(event).__name__} does not happen to a celebrity")
    return Celebrity(**{name: getattr(event, name) for name in Celebrity.model_fields})


CELEBRITY = Aggregate("celebrity", evolve, decide, state=Celebrity)
