"""One command of the load, and everything that came of it."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from commands.once import Request
from schemas.text import fold_username
from tests.chaos.wire import Answer, Command


@dataclass(eq=False)
class Sent:
    """A command that clients send until it is answered, or give up for ever. Times are of time.monotonic()."""

    command: Command
    began: float
    answer: Answer | None = None
    """The final one."""
    answered_by: str = ""
    ended: float = math.inf
    at: str = ""
    """The command API that has it now; empty while it is not on its way."""
    lost: Counter[str] = field(default_factory=Counter)
    """Attempts that may have got somewhere and have no final answer, by what the client saw instead."""
    fault: str = ""
    """What was done to the site when it was first interrupted."""
    retried: bool = False
    abandoned: bool = False

    @property
    def interrupted(self) -> bool:
        return bool(self.lost)

    @property
    def over(self) -> bool:
        """Whether nobody will send it any more."""
        return self.answer is not None or self.abandoned

    @property
    def done(self) -> bool:
        return self.answer is not None and self.answer.done

    @property
    def scope(self) -> str:
        """Where the ledger keeps what is known under its key."""
        command = self.command
        actor = fold_username(command.fields["username"]) if command.kind == "sign_up" else command.actor
        return Request(actor, command.method, command.path, command.key, command.body).scope

    def __str__(self) -> str:
        command = self.command
        fate = f"answered {self.answer.status}" if self.answer else "abandoned" if self.abandoned else "open"
        return (
            f"{command.kind} by {command.actor or 'nobody'}: {command.method} {command.path} {fate} {dict(self.lost)}"
        )


def interrupted_by(fault: str, sent: Sequence[Sent]) -> list[Sent]:
    """Commands that this fault was the first to interrupt."""
    return [one for one in sent if one.fault == fault]
