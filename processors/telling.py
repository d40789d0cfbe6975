"""Telling people by mail what a moderator has decided about them. Fed by photolog.accounts.

At least once to the mail server; the event's gate closes when it has taken the mail, so that repeats are rare.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from commands.accounts import Account, account_stream
from commands.handling import Handler
from commands.limits import DAY_S
from commands.ports import Gates, Mail, Message, Undeliverable
from events.cases import CaseDecided, Verdict
from events.delivery import Delivery
from events.personal import readable
from events.upcasters import may_be
from projections.effects import Reaction
from schemas.ids import AccountId, Millis
from schemas.positions import ACCOUNTS

logger = logging.getLogger("photolog.mail")
SUBJECTS: dict[Verdict, str] = {
    "remove": "{what} was removed",
    "restore": "{what} is back",
    "suspend": "Your account is suspended",
    "reinstate": "Your account is no longer suspended",
}
"""Of verdicts that somebody is told."""
TEXT = """{subject} on Photolog, because a moderator has decided so.

The reason: {reason}

What it is about: {about}
"""


@dataclass(frozen=True)
class Tell(Reaction):
    """Mail an account what was decided."""

    account_id: AccountId
    verdict: Verdict
    about_id: str
    reason: str


class TellingSubscriber:
    """Says who is to be told."""

    id = "mails@v1"
    topics = (ACCOUNTS,)

    def reads(self, stored: str) -> bool:
        """Verdicts."""
        return may_be(stored, {CaseDecided})

    def opens(self, _stored: str) -> bool:
        """Nothing: a verdict has nothing that is sealed."""
        return False

    def plan(self, delivery: Delivery) -> Iterator[Reaction]:
        """At most one reaction an event."""
        event = delivery.recorded.event
        if isinstance(event, CaseDecided) and event.verdict in SUBJECTS:
            about = event.comment_id or event.post_id or event.account_id
            yield Tell(event.account_id, event.verdict, about, event.reason)


@dataclass(frozen=True)
class Telling:
    """Sends the mails. Where the mail server is away, it waits for it."""

    handler: Handler
    mail: Mail
    gates: Gates
    clock: Callable[[], Millis]

    async def apply(self, tell: Tell, delivery: Delivery, cut_short: int) -> None:
        """One mail, unless it was sent, or nobody can be told any more. Raises Unavailable."""
        gate = f"told:{delivery.recorded.id}"
        if not (await self.gates.peek(gate, 1, self.clock())).allowed:
            return
        account: Account | None = await self.handler.states.look(account_stream(tell.account_id))
        email = readable(account.email) if account else None
        if email is not None:
            try:
                await self.mail.send(message(email, tell))
            except Undeliverable:
                logger.warning("nothing can be mailed to %s", tell.account_id)
        await self.gates.take(gate, 1, DAY_S, self.clock())


def message(email: str, tell: Tell) -> Message:
    """The mail."""
    what = "A comment of yours" if tell.about_id.startswith("co_") else "A post of yours"
    subject = SUBJECTS[tell.verdict].format(what=what)
    return Message(email, subject, TEXT.format(subject=subject, reason=tell.reason, about=tell.about_id))
