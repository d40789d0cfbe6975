"""What moderators look at: what was reported, what the platform found, and what was decided. Fed by events/reports.py
and events/cases.py; read by `photolog moderation`.

A report and a find are entries of one kind, in the partition of what they are about; so are decisions. An entry is open
until something is decided after it: by the clock, because ids of an operator's process may run ahead of it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from events.cases import CaseDecided, CaseFlagged
from events.envelope import Recorded
from events.personal import readable
from events.reports import ReportFiled
from projections.effects import Effects, Projection, Put, Reaction
from schemas.ids import Millis
from schemas.positions import ACCOUNTS
from schemas.tables import TEXT, Table

REPORT, BLOCKLIST = "report", "blocklist"
SOURCES = (REPORT, BLOCKLIST)
"""What opens a case; all else that stands in MODERATION was decided."""

MODERATION = Table(
    "moderation",
    partition="about_id",
    order="said_at desc, entry_id desc",
    columns={"said": TEXT, "who": TEXT, "reporter_id": TEXT, "reason": TEXT, "text": TEXT},
    subject="reporter_id",
)
"""`said` is one of SOURCES or a verdict, `who` the actor. `reporter_id` is empty where nobody has reported."""
MODERATION_DAYS = Table(
    "moderation_days", partition="day", order="said_at desc, entry_id desc", columns={"about_id": TEXT}
)
"""What was reported or found on a day (UTC), so that the newest can be listed."""


@dataclass(frozen=True)
class CarryOut(Reaction):
    """See that the verdict about it is carried out."""

    about_id: str


PROJECTION = Projection("moderation", topics=[ACCOUNTS], tables=[MODERATION, MODERATION_DAYS])


@PROJECTION.projects(ReportFiled)
def reported(recorded: Recorded[ReportFiled]) -> Effects:
    event = recorded.event
    about = event.comment_id or event.post_id or event.user_id or ""
    yield _entry(recorded, about, REPORT, event.reason, readable(event.text) or "", event.reporter_id)
    yield _listed(recorded, about)


@PROJECTION.projects(CaseFlagged)
def flagged(recorded: Recorded[CaseFlagged]) -> Effects:
    event, about = recorded.event, about_id(recorded)
    yield _entry(recorded, about, event.source, event.match, f"{event.distance} bits apart")
    yield _listed(recorded, about)


@PROJECTION.projects(CaseDecided)
def decided(recorded: Recorded[CaseDecided]) -> Effects:
    event, about = recorded.event, about_id(recorded)
    yield _entry(recorded, about, event.verdict, event.reason)
    yield CarryOut(about)


def about_id(recorded: Recorded[CaseFlagged | CaseDecided]) -> str:
    """What a case is about."""
    return recorded.stream.removeprefix("case/")


def day_of(at: Millis) -> str:
    """The partition of MODERATION_DAYS."""
    return datetime.fromtimestamp(at / 1_000, UTC).date().isoformat()


def _entry(
    recorded: Recorded[ReportFiled | CaseFlagged | CaseDecided],
    about: str,
    said: str,
    reason: str,
    text: str = "",
    reporter_id: str = "",
) -> Put:
    return Put(
        MODERATION,
        about_id=about,
        said_at=recorded.at,
        entry_id=recorded.id,
        said=said,
        who=recorded.actor,
        reporter_id=reporter_id,
        reason=reason,
        text=text,
    )


def _listed(recorded: Recorded[ReportFiled | CaseFlagged], about: str) -> Put:
    day, at = day_of(recorded.at), recorded.at
    return Put(MODERATION_DAYS, day=day, said_at=at, entry_id=recorded.id, about_id=about)
