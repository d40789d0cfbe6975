"""Verify tells apart: a projection that takes the log wrongly is refused, one whose people are forgotten is not."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from events.likes import PostLiked, PostUnliked
from infra.versions.orders import Orders
from processors import rows
from processors.counts import Change
from processors.planning import Plan
from processors.verifying import Verifier
from projections.accounts import PROJECTION as ACCOUNTS
from projections.effects import Put
from projections.versions import Refused
from schemas.ids import AccountId
from tests.chaos.projecting.people import signed_up
from tests.integration.versions.likers import LIKERS, POSTS

Changes = list[Change]
changes_of = rows.changes_of
THE_ONE, UNLIKED = "ac_1", "ac_4"
"""Whose like of the first post is taken wrongly; and who likes it first and then does not."""


def lost(plan: Plan) -> Changes:
    return [] if _is_of(plan, THE_ONE) else changes_of(plan)


def doubled(plan: Plan) -> Changes:
    """Once more, as if somebody else had done it too."""
    changes = changes_of(plan)
    if not _is_of(plan, THE_ONE):
        return changes
    (change,) = changes
    assert change.row is not None
    twin = Put(change.table, **{**change.row, "account_id": "ac_twin"})
    return [change, Change.of(twin, change.number, change.origin, change.lane)]


def reordered(plan: Plan) -> Changes:
    """What was first counts as second, and the second as first."""
    changes = changes_of(plan)
    return [one._replace(number=3 - one.number) for one in changes] if _is_of(plan, UNLIKED) else changes


def _is_of(plan: Plan, account: str) -> bool:
    event = plan.delivery.recorded.event
    assert isinstance(event, PostLiked | PostUnliked)
    return (event.post_id, event.account_id) == ("po_0", account)


@pytest.mark.parametrize(
    ("wrongly", "said"),
    [
        (lost, {"likes": "is missing"}),
        (doubled, {"likes": "is too much"}),
        (reordered, {"likes": "must be deleted"}),
    ],
)
async def test_a_projection_that_takes_one_event_wrongly_is_refused_with_the_row_named(
    orders: Orders, monkeypatch: pytest.MonkeyPatch, wrongly: Callable[[Plan], Changes], said: dict[str, str]
) -> None:
    monkeypatch.setattr(rows, "changes_of", wrongly)
    verdict = await orders.rebuild("likes", asyncio.Event())
    assert verdict is not None
    assert not verdict.is_right
    assert POSTS * LIKERS * 3 // 4 - 1 <= verdict.rows <= POSTS * LIKERS * 3 // 4 + 1
    (named,) = [line for line in verdict.named if line.startswith("likes ")]
    assert "po_0" in named
    assert named.endswith(said["likes"])
    with pytest.raises(Refused):
        await orders.switch("likes")


async def test_keys_that_are_destroyed_while_it_is_verified_disturb_nothing(
    orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = list(await signed_up(orders.feeder.handler, [f"person{number}" for number in range(6)]))
    before_the_fold, before_the_comparison = people[:2]
    built = await orders.rebuild(ACCOUNTS.name, asyncio.Event())
    assert built is not None
    assert (built.is_right, built.forgotten) == (True, 0)
    for name, account in (("_fold", before_the_fold), ("compare", before_the_comparison)):
        monkeypatch.setattr(Verifier, name, destroying(orders, account, getattr(Verifier, name)))
    verdict = await orders.verify(ACCOUNTS.name)
    assert verdict.is_right, verdict.named
    assert verdict.forgotten > 0


def destroying(orders: Orders, account: AccountId, step: Callable[..., object]) -> Callable[..., object]:
    """Forgets somebody, and goes on."""

    async def first(*of: Sequence[object]) -> object:
        await orders.feeder.write.vault.destroy_key(account)
        return await step(*of)  # type: ignore[misc]

    return first
