"""Families of refresh tokens over each vault: tabs side by side, answers that were lost, and what ends all of it."""

import asyncio
from dataclasses import replace

import pytest

from commands.limits import STATED
from commands.ports import Vault
from commands.rotation import InvalidGrant
from commands.sessions import Sessions, Tokens
from schemas.errors import PhotologError
from schemas.ids import AccountId
from tests.contract.fixtures_write import EVERY_LEDGER, unique
from tests.integration.accounts.sign_in import someone_logged_in

pytestmark = EVERY_LEDGER


async def outcomes(sessions: Sessions, token: str, times: int) -> tuple[list[Tokens], list[PhotologError]]:
    """What comes of showing one token so often at once."""
    came = await asyncio.gather(*(sessions.refresh(token) for _ in range(times)), return_exceptions=True)
    refused = [one for one in came if isinstance(one, PhotologError)]
    return [one for one in came if isinstance(one, Tokens)], refused


async def test_of_nine_uses_at_once_eight_get_a_pair_and_the_ninth_ends_nothing(vault: Vault) -> None:
    sessions, first = await someone_logged_in(vault)
    given, refused = await outcomes(sessions, first.refresh_token, 9)
    assert len({tokens.refresh_token for tokens in given}) == 8
    assert [type(error) for error in refused] == [InvalidGrant]
    for tokens in given:
        assert (await sessions.refresh(tokens.refresh_token)).refresh_token


async def test_two_tabs_go_on_each_by_itself(vault: Vault) -> None:
    sessions, first = await someone_logged_in(vault)
    tabs = [await sessions.refresh(first.refresh_token) for _ in range(2)]
    for _ in range(5):
        tabs = list(await asyncio.gather(*(sessions.refresh(tab.refresh_token) for tab in tabs)))


async def test_a_token_that_was_used_a_while_ago_ends_every_tab(vault: Vault) -> None:
    sessions, first = await someone_logged_in(vault)
    tabs = [await sessions.refresh(first.refresh_token) for _ in range(2)]
    later = replace(sessions, clock=lambda: sessions.clock() + STATED.refresh_grace_s * 1000 + 1)
    for token in (first.refresh_token, *(tab.refresh_token for tab in tabs)):
        with pytest.raises(InvalidGrant):
            await later.refresh(token)


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_revoking_a_token_of_either_kind_ends_its_family_and_no_other(vault: Vault, kind: str) -> None:
    sessions, first = await someone_logged_in(vault)
    account = sessions.access_tokens.issued_for(first.access_token).account_id
    _, other = await someone_logged_in(vault, account)
    tab = await sessions.refresh(first.refresh_token)
    day = 24 * 3_600_000
    await replace(sessions, clock=lambda: sessions.clock() + day).revoke(getattr(first, kind))
    for token in (first, tab):
        with pytest.raises(InvalidGrant):
            await sessions.refresh(token.refresh_token)
    assert await sessions.refresh(other.refresh_token)


async def test_a_made_up_access_token_ends_nothing(vault: Vault) -> None:
    sessions, first = await someone_logged_in(vault)
    head, body, mac = first.access_token.split(".")
    for forged in (f"{head}.{body}.{mac[::-1]}", f"{head}.{body}.", head, "a.b.c"):
        await sessions.revoke(forged)
    assert await sessions.refresh(first.refresh_token)


async def test_an_account_has_only_so_many_sessions_and_the_idlest_makes_room(vault: Vault) -> None:
    account, limits = AccountId(unique("ac")), replace(STATED, account_sessions=3)
    sessions, first = await someone_logged_in(vault, account, limits=limits)
    opened = [first, *[(await someone_logged_in(vault, account, limits=limits))[1] for _ in range(2)]]
    kept = await sessions.refresh(opened[0].refresh_token)
    await someone_logged_in(vault, account, limits=limits)
    assert len(await vault.sessions(account)) == 3
    assert await sessions.refresh(kept.refresh_token)
    with pytest.raises(InvalidGrant):
        await sessions.refresh(opened[1].refresh_token)
