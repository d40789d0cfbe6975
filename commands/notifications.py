"""The notification aggregate: of each account, how far it has read."""

from dataclasses import dataclass

from commands.aggregate import Aggregate, Command
from events.envelope import Event
from events.notifications import NotificationsRead


@dataclass(frozen=True)
class Reading:
    """The last notification that was read; ids sort by time."""

    up_to: str


@dataclass(frozen=True)
class ReadNotifications(Command):
    """Have read everything up to this one."""

    up_to: str
    while_suspended = True

    @property
    def stream(self) -> str:
        return f"notification/{self.actor}"


def decide(reading: Reading | None, command: ReadNotifications) -> list[Event]:
    if reading is not None and command.up_to <= reading.up_to:
        return []
    return [NotificationsRead(account_id=command.actor, up_to=command.up_to)]


def evolve(_reading: Reading | None, event: Event) -> Reading:
    match event:
        case NotificationsRead():
            return Reading(event.up_to)
        case _:
            raise TypeError(f"{type(event).__name__} does not happen to notifications")


NOTIFICATION = Aggregate("notification", evolve, decide, state=Reading)
