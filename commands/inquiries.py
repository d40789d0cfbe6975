"""The inquiry aggregate: somebody has personal fields opened, and says who it is and why. One event, beforehand."""

from dataclasses import dataclass

from commands.aggregate import Aggregate, Command
from events.envelope import Event
from events.inquiries import InquiryMade


@dataclass(frozen=True)
class Inquiry:
    """One that was made."""

    analyst: str


@dataclass(frozen=True)
class MakeInquiry(Command):
    inquiry_id: str
    analyst: str
    reason: str
    tables: tuple[str, ...]

    @property
    def stream(self) -> str:
        return f"inquiry/{self.inquiry_id}"


def decide(inquiry: Inquiry | None, command: MakeInquiry) -> list[Event]:
    if inquiry is not None:
        return []
    return [InquiryMade(analyst=command.analyst, reason=command.reason, tables=command.tables)]


def evolve(_inquiry: Inquiry | None, event: Event) -> Inquiry:
    if not isinstance(event, InquiryMade):
        raise TypeError(f"{type(event).__name__} does not happen to an inquiry")
    return Inquiry(event.analyst)


INQUIRY = Aggregate("inquiry", evolve, decide, state=Inquiry)
