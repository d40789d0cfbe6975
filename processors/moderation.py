"""Moderation: what is open, what is known of a case, and verdicts, which are recorded, then carried out.

Asked by `photolog moderation`; the moderation projection asks for every verdict to be carried out once more, whoever
ended in between.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from commands.accounts import Account
from commands.cases import Case, DecideCase, carrying, case_stream, kind_of, stream_about
from commands.comments import Comment
from commands.handling import Cause, Handler
from commands.post_state import Post
from events.cases import Verdict
from events.delivery import Delivery
from events.personal import readable
from projections.moderation import MODERATION, MODERATION_DAYS, SOURCES, CarryOut, day_of
from projections.ports import TableReads, chunks
from schemas.errors import NotFound
from schemas.ids import AccountId, Millis
from schemas.tables import Row

DAY_MS = 86_400_000
MOST_A_DAY, MOST_OF_ONE = 1_000, 100
"""Entries that are looked at: of a day, and of what one case is about."""


@dataclass(frozen=True)
class Verdicts:
    """Carries out what stands of a case. Safe to repeat, and late: an older verdict is not done over a newer one."""

    handler: Handler

    async def apply(self, reaction: CarryOut, delivery: Delivery, cut_short: int) -> None:
        """In the name of whoever has decided."""
        recorded = delivery.recorded
        await self.carry_out(reaction.about_id, AccountId(recorded.actor), recorded.correlation)

    async def carry_out(self, about_id: str, actor: AccountId, correlation: str) -> None:
        """What is said is the verdict that stands now."""
        case: Case | None = await self.handler.states.look(case_stream(about_id))
        command = carrying(about_id, case.verdict if case else None, actor)
        if command is not None:
            await self.handler.handle(command, Cause(await self.handler.ids.command_id(), correlation))


@dataclass(frozen=True)
class Moderation:
    """What moderators see, and what they order."""

    handler: Handler
    tables: TableReads
    clock: Callable[[], Millis]

    async def open(self, days: int) -> list[dict[str, Any]]:
        """Everything that was reported or found in these days, and about which nothing was decided since; the newest
        first."""
        now = self.clock()
        partitions = [(day_of(now - day * DAY_MS),) for day in range(days)]
        heads = [await self.tables.heads(MODERATION_DAYS, some, MOST_A_DAY) for some in chunks(partitions)]
        rows = [row for some in heads for head in some.values() for row in head.rows]
        about = list(dict.fromkeys(row["about_id"] for row in sorted(rows, key=_place, reverse=True)))
        cases = [await self.tables.heads(MODERATION, some, MOST_OF_ONE) for some in chunks([(one,) for one in about])]
        said = {key[0]: head.rows for some in cases for key, head in some.items()}
        return [told for one in about if (told := open_case(one, said[one]))]

    async def shown(self, about_id: str) -> dict[str, Any]:
        """What a case is about, as it is now, and all that was said of it, the newest first. Raises NotFound."""
        head = (await self.tables.heads(MODERATION, [(about_id,)], MOST_OF_ONE))[(about_id,)]
        state = await self.handler.states.look(stream_about(about_id))
        if state is None:
            raise NotFound(f"there is no such {kind_of(about_id)}")
        said = [{name: row[name] for name in ("said", "who", "reason", "text", "said_at")} for row in head.rows]
        return {"about_id": about_id, "kind": kind_of(about_id), **_as_it_is(state), "said": said}

    async def decide(self, actor: AccountId, about_id: str, verdict: Verdict, reason: str) -> bool:
        """Records a verdict and carries it out; False if it stood before. Raises NotFound, Gone or NotDecidable."""
        command_id = await self.handler.ids.command_id()
        order = DecideCase(actor, about_id, verdict, reason)
        decision = await self.handler.handle(order, Cause(command_id, command_id))
        await Verdicts(self.handler).carry_out(about_id, actor, command_id)
        return bool(decision.events)


def open_case(about_id: str, rows: Sequence[Row]) -> dict[str, Any] | None:
    """What stands of a case as a list shows it; None if something was decided after the newest entry. `rows`: what was
    said of it, the newest first."""
    entries = []
    for row in rows:
        if row["said"] not in SOURCES:
            break
        entries.append(row)
    if not entries:
        return None
    return {
        "about_id": about_id,
        "kind": kind_of(about_id),
        "entries": len(entries),
        "sources": sorted({row["said"] for row in entries}),
        "reasons": sorted({row["reason"] for row in entries}),
        "said_at": entries[0]["said_at"],
    }


def _place(row: Row) -> tuple[Millis, str]:
    return row["said_at"], row["entry_id"]


def _as_it_is(state: Any) -> dict[str, Any]:
    match state:
        case Post():
            shown = {"account_id": state.author_id, "status": state.status, "held": state.held}
            return {**shown, "original": state.upload_key, "caption": readable(state.description.caption)}
        case Comment():
            shown = {"account_id": state.author_id, "deleted": state.deleted, "removed": state.removed}
            return {**shown, "text": readable(state.text)}
        case Account():
            shown = {"account_id": state.id, "suspended": state.suspended}
            return {**shown, "username": readable(state.username), "bio": readable(state.bio)}
    return {}
