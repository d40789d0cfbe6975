"""Another password, across crashes between its steps, and beside log-ins with the old one."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from commands.answers import Answer
from commands.limits import STATED
from commands.once import LEASE_MS, Attempt, Request
from commands.passwords import Compared
from commands.ports import Session
from commands.rotation import InvalidGrant
from commands.sessions import Sessions
from infra.process.clock import wall_clock
from schemas.errors import PhotologError, RateLimited, TokenInvalid
from schemas.ids import AccountId, CommandId, SessionId
from schemas.refusals import WrongPassword
from tests.integration.accounts.sign_in import PASSWORD, sessions_of, signed_up
from tests.integration.handlers import Alone
from tests.integration.stores import Site, open_site

NEW = "another battery staple"
COMMAND = CommandId("cm_1")


class Crash(Exception):
    """The process died here."""


@dataclass(frozen=True)
class Ann:
    """Somebody with two sessions."""

    site: Site
    sessions: Sessions
    account: AccountId

    async def session(self, password: str = PASSWORD) -> SessionId:
        """Logs in once more; the new session."""
        tokens = await self.sessions.log_in("ann", password)
        return SessionId(tokens.refresh_token.partition(".")[0])

    async def open_sessions(self) -> set[SessionId]:
        return {session.id for session in await self.sessions.of(self.account)}

    async def given(self, password: str = PASSWORD) -> Compared:
        return await self.sessions.prove(self.account, password)

    async def new_hash(self) -> str:
        return await self.sessions.passwords.passwords.hash(NEW)


@pytest.fixture
async def ann(tmp_path: Path) -> AsyncIterator[Ann]:
    site = open_site(tmp_path)
    sessions = sessions_of(site)
    yield Ann(site, sessions, await signed_up(site, sessions, "ann", sessions.passwords.passwords))
    site.views.close()
    site.truth.close()


def dying_after_the_password(sessions: Sessions) -> Sessions:
    """A process that dies before it has ended any session."""

    class Dying:
        def __getattr__(self, name: str) -> object:
            return getattr(sessions.vault, name)

        async def sessions(self, _account: AccountId) -> list[Session]:
            raise Crash

    return replace(sessions, vault=Dying())  # type: ignore[arg-type]


async def test_a_change_that_died_after_the_password_is_finished_by_its_retry_alone(ann: Ann) -> None:
    mine, phone = await ann.session(), await ann.session()
    given, first = await ann.given(), await ann.new_hash()
    with pytest.raises(Crash):
        await dying_after_the_password(ann.sessions).change_password(given, first, COMMAND, keep=mine)
    assert await ann.open_sessions() == {mine, phone}
    retried = await ann.given()
    assert not retried.right, "what the retry gives is the old password"
    with pytest.raises(WrongPassword):
        await ann.sessions.change_password(retried, await ann.new_hash(), CommandId("cm_2"), keep=mine)
    await ann.sessions.change_password(retried, await ann.new_hash(), COMMAND, keep=mine)
    assert await ann.open_sessions() == {mine}
    await ann.session(NEW)


@pytest.mark.parametrize("transactional", [True, False])
async def test_under_a_key_a_change_across_a_crash_is_answered_as_if_nothing_had_been(
    ann: Ann, transactional: bool
) -> None:
    mine = await ann.session()
    now = wall_clock()
    once = replace(ann.site.once, clock=lambda: now)
    if not transactional:
        once = replace(once, transactions=Alone())
    request = Request(ann.account, "POST", "/me/password", "k", b"{}")

    async def asked(sessions: Sessions) -> Answer:
        given, password_hash = await ann.given(), await ann.new_hash()

        async def work(attempt: Attempt) -> Answer:
            await sessions.change_password(given, password_hash, attempt.command_id, keep=mine)
            return Answer(204, None)

        return await once.run(request, work)

    with pytest.raises(Crash):
        await asked(dying_after_the_password(ann.sessions))
    once = replace(once, clock=lambda: now + LEASE_MS)
    assert (await asked(ann.sessions)).status == 204
    assert (await asked(ann.sessions)).status == 204
    await ann.session(NEW)


async def test_retries_do_not_count_as_guesses(ann: Ann) -> None:
    await ann.sessions.change_password(await ann.given(), await ann.new_hash(), COMMAND, keep=None)
    for _ in range(STATED.failed_log_ins + 1):
        await ann.sessions.change_password(await ann.given(), await ann.new_hash(), COMMAND, keep=None)
    await ann.session(NEW)


async def test_of_two_changes_at_once_one_is_refused(ann: Ann) -> None:
    given = [await ann.given() for _ in range(2)]
    hashes = [await ann.sessions.passwords.passwords.hash(word) for word in ("the first word", "the second word")]
    changes = [
        ann.sessions.change_password(one, password_hash, CommandId(f"cm_{number}"), keep=None)
        for number, (one, password_hash) in enumerate(zip(given, hashes, strict=True))
    ]
    outcomes = await asyncio.gather(*changes, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome] == [WrongPassword]
    await ann.session("the first word" if outcomes[0] is None else "the second word")


async def test_a_log_in_with_the_old_password_that_is_under_way_comes_to_nothing(ann: Ann) -> None:
    real = ann.sessions.passwords.passwords

    class Slow:
        """A hasher that takes long enough for a change in between."""

        hash = real.hash

        async def verify(self, password_hash: str | None, password: str) -> bool:
            right = await real.verify(password_hash, password)
            await ann.sessions.change_password(await ann.given(), await ann.new_hash(), COMMAND, keep=None)
            return right

    slow = replace(ann.sessions, passwords=replace(ann.sessions.passwords, passwords=Slow()))
    with pytest.raises(InvalidGrant):
        await slow.log_in("ann", PASSWORD)
    assert await ann.open_sessions() == set()


async def test_guesses_side_by_side_are_counted_each(ann: Ann) -> None:
    given = await asyncio.gather(*(ann.given(f"guess {turn}") for turn in range(2 * STATED.failed_log_ins)))

    async def told(one: Compared) -> type[PhotologError]:
        try:
            await ann.sessions.passwords.require(one, "current")
        except PhotologError as refusal:
            return type(refusal)
        raise AssertionError("a guess was right")

    told_of = await asyncio.gather(*(told(one) for one in given))
    assert (told_of.count(WrongPassword), told_of.count(RateLimited)) == (STATED.failed_log_ins, STATED.failed_log_ins)


async def test_an_account_whose_key_is_destroyed_has_no_password_to_give(ann: Ann) -> None:
    await ann.site.vault.destroy_key(ann.account)
    with pytest.raises(TokenInvalid):
        await ann.given()


async def test_a_kept_answer_for_an_account_whose_key_is_destroyed_is_a_refused_token(ann: Ann) -> None:
    request = Request(ann.account, "POST", "/me/password", "k", b"{}")

    async def work(_attempt: Attempt) -> Answer:
        await ann.site.vault.destroy_key(ann.account)
        return Answer(204, None, {}, ann.account)

    with pytest.raises(TokenInvalid):
        await ann.site.once.run(request, work)
