"""Accounts with so many followers that readers fetch their posts. Decided in commands/celebrities.py; one stream an
account, on photolog.follows, keyed like the follows of that account."""

from pydantic import BaseModel, ConfigDict

from events.envelope import Event, recorded
from schemas.ids import AccountId, Millis


class Span(BaseModel):
    """Posts published from `since` on, and before `until`, are pulled by readers, for ever."""

    model_config = ConfigDict(frozen=True)

    since: Millis
    until: Millis | None = None
    """None: it goes on."""
    settled: bool = False
    """Whether everything published at `until` or later has been pushed. Before, readers must not go by `until`."""


class Celebrity(Event):
    """How it stands from now on, whole."""

    account_id: AccountId
    spans: tuple[Span, ...]
    """In the order of time; only the last can go on."""
    followers: int
    """That were counted when it last began."""
    again_at: int
    """With fewer followers the next span does not begin. 0: only the site's threshold matters."""


@recorded("celebrity.crossed.v1", subject="account_id")
class CelebrityCrossed(Celebrity):
    """Its followers have become too many to push to: a span begins."""


@recorded("celebrity.cleared.v1", subject="account_id")
class CelebrityCleared(Celebrity):
    """An operator has the span end: what is published from now on is pushed again."""

    reason: str


@recorded("celebrity.settled.v1", subject="account_id")
class CelebritySettled(Celebrity):
    """What was published since the end, and may have been left to readers, is pushed."""
