"""The report aggregate: one stream a report. A thing can be reported across a block, as long as it is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from commands.accounts import account_stream
from commands.aggregate import Aggregate, Command
from commands.comments import comment_stream
from commands.post_commands import post_stream
from commands.post_state import visible
from events.envelope import Event
from events.reports import ReportFiled
from schemas.errors import Gone
from schemas.ids import AccountId, CommentId, PostId
from schemas.refusals import UnknownAccount, UnknownComment
from schemas.reports import Reason


@dataclass(frozen=True)
class Report:
    """That there is one."""

    reporter_id: AccountId


@dataclass(frozen=True)
class FileReport(Command):
    """Have a moderator look at one of these three."""

    report_id: str
    post_id: PostId | None
    comment_id: CommentId | None
    user_id: AccountId | None
    reason: Reason
    text: str

    @property
    def stream(self) -> str:
        return f"report/{self.report_id}"

    @property
    def needs(self) -> Sequence[str]:
        if self.post_id is not None:
            return (post_stream(self.post_id),)
        if self.comment_id is not None:
            return (comment_stream(self.comment_id),)
        return (account_stream(self.user_id or AccountId("")),)


def decide(report: Report | None, command: FileReport, target: Any) -> list[Event]:
    if report is not None:
        return []
    if command.post_id is not None:
        visible(target)
    elif target is None:
        raise UnknownComment if command.comment_id else UnknownAccount
    elif command.comment_id is not None and target.deleted:
        raise Gone
    return [
        ReportFiled(
            reporter_id=command.actor,
            post_id=command.post_id,
            comment_id=command.comment_id,
            user_id=command.user_id,
            reason=command.reason,
            text=command.text,
        )
    ]


def evolve(_report: Report | None, event: Event) -> Report:
    match event:
        case ReportFiled():
            return Report(event.reporter_id)
        case _:
            raise TypeError(f"{type(event).__name__} does not happen to a report")


REPORT = Aggregate("report", evolve, decide, state=Report)
