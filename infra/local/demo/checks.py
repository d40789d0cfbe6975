"""Compares what the server answers with what the script says, until all of it agrees or time is up."""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field

from infra.local.demo.client import ApiProblem
from infra.local.demo.media import check_deleted, check_images
from infra.local.demo.script import AUTHORS, PEOPLE
from infra.local.demo.stage import Published, Stage
from infra.local.demo.views import check_comments, check_feed, check_grid, check_profile

SETTLED_WITHIN_S = 10.0
"""One's own acts are visible at once, as the acts check; those of others within 5 s: twice that, for busy machines."""
AGAIN_S = 0.5


@dataclass
class Findings:
    """The outcome of one look at everything."""

    checked: int = 0
    failures: list[str] = field(default_factory=list)

    def same(self, what: str, expected: object, came: object) -> None:
        self.checked += 1
        if expected != came:
            self.failures.append(f"{what}: expected {expected!r}, came {came!r}")

    async def look(self, what: str, looking: Awaitable[None]) -> None:
        """Looks; a refusal, or an answer without a field, is a failure of this look alone."""
        try:
            await looking
        except ApiProblem as problem:
            self.failures.append(f"{what}: expected an answer, came: {problem}")
        except KeyError as missing:
            self.failures.append(f"{what}: expected an answer as the contract has it, came one without {missing}")


async def check(stage: Stage, deleted: Published) -> None:
    """Puts the number of checks and every failure into the summary."""
    deadline = time.monotonic() + SETTLED_WITHIN_S
    findings = await _look_at_everything(stage, deleted)
    while findings.failures and time.monotonic() < deadline:
        await asyncio.sleep(AGAIN_S)
        findings = await _look_at_everything(stage, deleted)
    await findings.look("the images", check_images(stage, findings))
    stage.summary.checked += findings.checked
    stage.summary.failures += findings.failures


async def _look_at_everything(stage: Stage, deleted: Published) -> Findings:
    findings = Findings()
    for person in PEOPLE:
        await findings.look(f"the feed of {person}", check_feed(stage, findings, person))
        await findings.look(f"the profile of {person}", check_profile(stage, findings, person))
    for author in AUTHORS:
        await findings.look(f"the grid of {author}", check_grid(stage, findings, author))
    for shot in stage.script.lasting:
        await findings.look(f"the comments on {shot.photo.name}", check_comments(stage, findings, shot, deleted))
    await findings.look("the deleted post", check_deleted(stage, findings, deleted))
    return findings
