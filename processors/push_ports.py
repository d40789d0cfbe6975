"""The port of push gateways: whoever brings a notification to a phone. Asked by processors/pushes.py."""

from dataclasses import dataclass, field
from typing import Protocol

from schemas.ids import EventId, Millis


@dataclass(frozen=True)
class Push:
    """What a phone is told. It has no text: apps say it in their own language, by kind and actor."""

    event_id: EventId
    """Under which a repeat takes the place of the first."""
    notification_id: str
    kind: str
    actor: str = field(repr=False)
    """The username of whom it comes from; empty: a moderator."""
    post_id: str
    until: Millis
    """A phone that cannot be reached until then is not told any more."""

    @property
    def told(self) -> dict[str, str]:
        """What an app is told of it, as GET /notifications has it."""
        said = {"kind": self.kind, "notification_id": self.notification_id, "post_id": self.post_id}
        return {name: value for name, value in said.items() if value}


class Unregistered(Exception):
    """No device has this token any more."""


class Refused(Exception):
    """The gateway will never take this, whatever happens; its word for why. Never the token."""


class PushGateway(Protocol):
    """Hands pushes to a platform. At least once: after an error the push may have gone out."""

    async def push(self, token: str, push: Push) -> None:
        """Returns once the gateway has acknowledged; waits some seconds at most.

        Raises Unregistered, Refused, and Unavailable for everything that may pass: also, without asking, as long as
        the gateway wants to be left alone.
        """
