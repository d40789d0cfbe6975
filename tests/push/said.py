"""What a gateway was asked, and what it answers."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One push, as it arrived."""

    token: str
    event_id: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Reply:
    """`body` is JSON."""

    status: int = 200
    body: Any = None
    retry_after: str = ""


Answers = Callable[[Asked], Reply]


def fine(_asked: Asked) -> Reply:
    return Reply()


@dataclass
class Gateway:
    """Everything that it was asked, and which of it it has acknowledged."""

    answers: Answers = fine
    asked: list[Asked] = field(default_factory=list)
    acknowledged: list[Asked] = field(default_factory=list)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, asked: Asked) -> Reply:
        with self.turn:
            self.asked.append(asked)
            reply = self.answers(asked)
            if reply.status == 200:
                self.acknowledged.append(asked)
        return reply

    def told(self, token: str) -> list[str]:
        """Event ids that it has acknowledged for one device, in their order."""
        with self.turn:
            return [one.event_id for one in self.acknowledged if one.token == token]
