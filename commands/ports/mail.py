"""Mail: messages to people's addresses. Sent by the confirmation of addresses."""

from dataclasses import dataclass, field
from typing import Protocol

from schemas.errors import FieldError, ValidationFailed


@dataclass(frozen=True)
class Message:
    """One message in plain text, to one address."""

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)


class Undeliverable(ValidationFailed):
    """No mail can be sent to this address, now or later."""

    def __init__(self) -> None:
        super().__init__([FieldError("email", "mail cannot be sent to this address")])


class Mail(Protocol):
    """Hands messages to whoever delivers them. At least once: after an error the message may have gone out."""

    async def send(self, message: Message) -> None:
        """Returns once the message is in another's hands, durably; waits some seconds at most.

        Raises Undeliverable for an address that is refused for good, and Unavailable for everything that may pass.
        """
