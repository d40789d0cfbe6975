"""Sign-up through its endpoint, killed at every step and retried with its key, also after the password was changed."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import orjson
import pytest
from argon2 import PasswordHasher

from commands.accounts import account_stream
from commands.api.accounts import sign_up
from commands.api.call import Call, Services
from commands.devices import device_id
from commands.edits import Edits
from commands.email_confirmations import EmailConfirmations
from commands.mentions import Mentions
from commands.once import LEASE_MS, Request
from commands.passwords import GuardedPasswords
from commands.ports import Followees, Gates, Mail, Objects, ViewLog
from commands.rates import AddressRates, Rates
from commands.recoveries import Recoveries
from commands.refresh_tokens import RefreshTokens
from commands.sessions import Sessions
from infra.argon2.passwords import Argon2Passwords
from infra.jwt.tokens import JwtAccessTokens
from infra.process.clock import wall_clock
from projections.ports import Positions
from projections.position_tokens import PositionTokens
from schemas.accounts import SignUp
from schemas.ids import AccountId
from tests.contract.fixtures_write import SECRET
from tests.integration.schedules.fate import Fate, Fault, Gate, Killed, dies_after, dies_before, pauses_before
from tests.integration.schedules.write_judge import assert_sound, whole_log
from tests.integration.schedules.write_processes import Process, WriteSite, sqlite_site

BODY = SignUp(username="Ann", email="ann@example.org", password="a long password")
PASSWORDS = Argon2Passwords(PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
STEPS = ("reserve", "create_key", "first_password", "announce", "insert", "append", "move_mark", "answer")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WriteSite]:
    with sqlite_site(tmp_path) as opened:
        yield opened


async def signs_up(process: Process, late: bool = False) -> AccountId:
    """The account that the endpoint answers with; `late`: after the lease of any other attempt."""
    once = replace(process.once, clock=lambda: wall_clock() + (LEASE_MS + 1) * late)
    handler, vault, tokens = process.handler, process.vault, JwtAccessTokens(SECRET)
    nothing = object()  # signing up asks no gates, objects or followees, and mails only after its answer
    gates, objects, mail = cast(Gates, nothing), cast(Objects, nothing), cast(Mail, nothing)
    confirmations = EmailConfirmations(handler, vault, gates, mail, [SECRET], wall_clock)
    sessions = Sessions(
        handler=handler,
        vault=vault,
        passwords=GuardedPasswords(vault, gates, PASSWORDS, wall_clock),
        access_tokens=tokens,
        refresh_tokens=RefreshTokens([SECRET]),
        ids=handler.ids,
        clock=wall_clock,
        name_secret=b"the secret of names",
    )
    edits = Edits(gates, 1, wall_clock)
    positions = PositionTokens(b"test", {}, cast(Positions, nothing), handler.streams.log.ends)
    wired = Services(
        handler=handler,
        once=once,
        sessions=sessions,
        confirmations=confirmations,
        recoveries=cast(Recoveries, nothing),
        edits=edits,
        rates=Rates(gates, wall_clock),
        addresses=AddressRates(gates, wall_clock),
        mentions=Mentions(handler, b"the secret of names"),
        vault=vault,
        passwords=PASSWORDS,
        access_tokens=tokens,
        objects=objects,
        followees=cast(Followees, nothing),
        position_tokens=positions,
        device_id=partial(device_id, b"the secret of names"),
        views=cast(ViewLog, nothing),
        clock=wall_clock,
    )
    request = Request("", "POST", "/accounts", "key", b"the same body")
    response = await sign_up(BODY, Call(wired, AccountId(""), request, [], "/accounts"))
    assert response.status_code == 201
    return AccountId(orjson.loads(response.body)["account_id"])


async def change_password(site: WriteSite, account: AccountId) -> None:
    """As its owner does, meanwhile."""
    vault = site.stores.vault
    assert await vault.replace_password(account, await vault.password(account) or "", "changed")


@pytest.mark.parametrize("death", [dies_before, dies_after])
@pytest.mark.parametrize("step", STEPS)
async def test_a_killed_sign_up_that_is_retried_with_its_key_opens_one_account(
    site: WriteSite, step: str, death: Fault
) -> None:
    with pytest.raises(Killed):
        await signs_up(site.process(fate=Fate().at(step, death)))
    account = await signs_up(site.process(), late=True)
    assert await signs_up(site.process(), late=True) == account
    assert await PASSWORDS.verify(await site.stores.vault.password(account), BODY.password)
    await site.reconciled()
    await assert_sound(site, [account_stream(account)], {})


@pytest.mark.parametrize("step", ["move_mark", "answer"])
async def test_a_sign_up_whose_key_is_retried_after_the_password_was_changed_leaves_the_new_one(
    site: WriteSite, step: str
) -> None:
    with pytest.raises(Killed):
        await signs_up(site.process(fate=Fate().at(step, dies_before)))
    (stream,) = {entry.stream for entry in await whole_log(site) if entry.stream.startswith("account/")}
    account = AccountId(stream.rpartition("/")[2])
    await change_password(site, account)
    assert await signs_up(site.process(), late=True) == account
    assert await site.stores.vault.password(account) == "changed"


async def test_a_sign_up_that_slept_while_its_retry_was_done_does_not_undo_a_change_of_password(
    site: WriteSite,
) -> None:
    gate = Gate()
    sleeping = asyncio.create_task(signs_up(site.process(fate=Fate().at("first_password", pauses_before(gate)))))
    await gate.reached.wait()
    account = await signs_up(site.process(), late=True)
    await change_password(site, account)
    gate.open()
    await sleeping
    assert await site.stores.vault.password(account) == "changed"
