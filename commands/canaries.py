"""The canary: no stream, only a rising number. Sent by infra/process/canary.py, which waits until queries see it."""

from dataclasses import dataclass

from commands.aggregate import Aggregate, Command
from events.canaries import CanarySent
from events.envelope import Event


@dataclass(frozen=True)
class SendCanary(Command):
    canary_id: str

    @property
    def stream(self) -> str:
        return f"canary/{self.canary_id}"


def decide(_state: None, command: SendCanary) -> list[Event]:
    return said(command)


def said(command: SendCanary) -> list[Event]:
    return [CanarySent(canary_id=command.canary_id)]


def evolve(_state: None, event: Event) -> None:
    raise TypeError(f"a canary keeps no state, and {type(event).__name__} gives it none")


CANARY = Aggregate("canary", evolve, decide, said=said)
