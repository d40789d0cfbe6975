"""Requests under an Idempotency-Key, and work that counts how often it is done."""

from commands.answers import Answer
from commands.once import Attempt, Request


def asked(actor: str = "ac_1", key: str | None = "k", body: bytes = b"{}", path: str = "/me") -> Request:
    return Request(actor, "PATCH", path, key, body)


class Crash(Exception):
    """The process died here."""


class Counting:
    """Work that answers how often it was done, or raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.attempts: list[Attempt] = []
        self.error = error

    async def __call__(self, attempt: Attempt) -> Answer:
        self.attempts.append(attempt)
        if self.error:
            raise self.error
        return Answer(200, {"time": len(self.attempts)}, {"Log-Position": "W10"})
