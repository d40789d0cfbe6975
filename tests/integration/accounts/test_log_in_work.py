"""What a log-in costs tells nothing: counted in hashes and store reads, not in time, which a noisy machine spoils."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from commands.limits import STATED
from commands.rotation import InvalidGrant
from commands.sessions import Sessions
from schemas.errors import PhotologError, RateLimited
from tests.integration.accounts.sign_in import PASSWORD, sessions_of, signed_up
from tests.integration.stores import Site, opened_site

NAMES = ("ann", "ANN", "nobody")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    with opened_site(tmp_path) as opened:
        yield opened


@pytest.fixture
def calls() -> list[str]:
    """What the stores and the hasher were asked, in order."""
    return []


@pytest.fixture
async def sessions(site: Site, calls: list[str]) -> Sessions:
    """Log-in, with one account: ann."""
    counted = sessions_of(site, calls)
    await signed_up(site, counted, "ann", counted.passwords.passwords)
    return counted


async def asked(sessions: Sessions, calls: list[str], name: str, refusal: type[PhotologError]) -> list[str]:
    """Everything that one refused log-in asks for."""
    calls.clear()
    with pytest.raises(refusal) as refused:
        await sessions.log_in(name, "not the password")
    assert type(refused.value) is refusal
    return list(calls)


async def test_a_wrong_password_and_an_unknown_name_ask_for_the_same_in_the_same_order(
    sessions: Sessions, calls: list[str]
) -> None:
    known, shouted, unknown = [await asked(sessions, calls, name, InvalidGrant) for name in NAMES]
    assert known == shouted == unknown
    assert known.count("passwords.verify") == 1
    assert known.count("vault.password") == 1
    assert (known[0], known[-1]) == ("gates.peek", "gates.take")


async def test_a_locked_name_is_refused_before_any_other_work_whether_it_exists_or_not(
    sessions: Sessions, calls: list[str]
) -> None:
    for turn in range(STATED.failed_log_ins):
        await asked(sessions, calls, ("ann", "Ann")[turn % 2], InvalidGrant)
        await asked(sessions, calls, ("nobody", "Nobody")[turn % 2], InvalidGrant)
    for name in NAMES:
        assert await asked(sessions, calls, name, RateLimited) == ["gates.peek"]
    with pytest.raises(RateLimited):
        await sessions.log_in("ann", PASSWORD)


async def test_the_last_guess_that_is_refused_costs_what_the_first_did(sessions: Sessions, calls: list[str]) -> None:
    costs = [await asked(sessions, calls, "nobody", InvalidGrant) for _ in range(STATED.failed_log_ins)]
    assert all(cost == costs[0] for cost in costs)
