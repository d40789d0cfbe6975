"""Runs an import: rows of files in batches, each of them one transaction where the backend has transactions."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby, islice
from pathlib import Path

from commands.importing import Importing, at_fault
from commands.ports import Transactions
from infra.importing.files import Line, lines_of
from infra.importing.pictures import picture
from infra.importing.report import Report
from schemas.errors import FieldError, PhotologError, ValidationFailed
from schemas.ids import COMMAND_PREFIX
from schemas.importing import FollowRow, PostRow

BATCH = 500
"""Rows that are decided before one wait for the disk."""
SERVER_ERROR = 500

Say = Callable[[str], None]
Outcome = int | list[FieldError]
"""How many events a row added, or what is wrong with it."""


class Batches:
    """One run. `at_once`: rows of a kind that are under way together; one, where a transaction takes turns anyway."""

    def __init__(
        self, importing: Importing, transactions: Transactions, at_once: int, most_bytes: int, complain: Say
    ) -> None:
        """`most_bytes`: of a photo."""
        self._importing = importing
        self._most_bytes = most_bytes
        self._transactions = transactions
        self._at_once = at_once
        self._complain = complain
        self._run = ""
        self.stop = asyncio.Event()
        """Set, it ends the run behind the batch that is under way."""

    async def run(self, files: Sequence[Path], progress: Callable[[Report], None]) -> Report:
        """Takes every row. Raises Unavailable or StorageFull, after which the same run goes on where it was."""
        self._run = f"{COMMAND_PREFIX}_{await self._importing.handler.ids.digits()}"
        sizes = [file.stat().st_size for file in files]
        report, before = Report(sum(sizes)), 0
        for file, size in zip(files, sizes, strict=True):
            for batch in _batches(lines_of(file)):
                if self.stop.is_set():
                    report.stopped_at = f"{batch[0].file}:{batch[0].number}"
                    return report
                await self._take(batch, report)
                report.passed(before + batch[-1].read)
                progress(report)
            before += size
        return report

    async def _take(self, batch: Sequence[Line], report: Report) -> None:
        """All of it is durable when this returns. Only then it is counted."""
        outcomes: list[Outcome] = []
        async with self._transactions.together():
            for _, same in groupby(batch, key=lambda line: type(line.row)):
                outcomes += await self._of_a_kind(list(same))  # what follows may need what these add
        for line, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, int):
                report.taken(outcome)
            else:
                for said in report.refused(line, outcome):
                    self._complain(said)
        await asyncio.sleep(0)  # signals are heard between batches

    async def _of_a_kind(self, lines: Sequence[Line]) -> list[Outcome]:
        """Follows are mostly new and plain, and are written together; what is left of them is taken as all else."""
        follows = [(line.row, self._place(line)) for line in lines if isinstance(line.row, FollowRow)]
        first: Sequence[Outcome] = await self._importing.follows.take_first(follows) if follows else [0] * len(lines)
        left = iter(await self._each([line for line, added in zip(lines, first, strict=True) if not added]))
        return [added or next(left) for added in first]

    async def _each(self, lines: Sequence[Line]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for start in range(0, len(lines), self._at_once):
            together = lines[start : start + self._at_once]
            if len(together) == 1:
                outcomes.append(await self._outcome(together[0]))
            else:
                outcomes += await asyncio.gather(*map(self._outcome, together))
        return outcomes

    async def _outcome(self, line: Line) -> Outcome:
        if isinstance(line.row, list):
            return line.row
        named = line.row.image if isinstance(line.row, PostRow) else None
        read = partial(picture, named, line.file.parent, self._most_bytes)
        try:
            return await self._importing.take(line.row, self._place(line), read)
        except ValidationFailed as refusal:
            return [FieldError(error["field"], error["message"]) for error in refusal.extra["errors"]]
        except PhotologError as refusal:
            if refusal.status >= SERVER_ERROR:
                raise
            return [at_fault(line.row, refusal)]

    def _place(self, line: Line) -> str:
        return f"{self._run}/{line.file.name}/{line.number}"


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while batch := list(islice(lines, BATCH)):
        yield batch
