"""What a client gets, before it is HTTP: of a command, and of a refusal. Asks for nothing else of the write side."""

from dataclasses import dataclass, field
from typing import Any

from schemas.errors import PhotologError


@dataclass(frozen=True)
class Answer:
    """What a client gets. `subject` is whose key seals it when it is kept; without one nothing in it is personal."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    subject: str | None = None


def refusal(error: PhotologError) -> Answer:
    """A refusal as an answer: RFC 9457 problem details."""
    return Answer(error.status, error.problem(), {"Content-Type": "application/problem+json", **error.headers()})
