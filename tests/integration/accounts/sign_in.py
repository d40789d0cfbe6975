"""Sessions and passwords over the embedded stores, as wiring makes them; and stores that count what they are asked."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from argon2 import PasswordHasher

from commands.accounts import ClaimUsername, OpenAccount
from commands.limits import STATED, Limits
from commands.passwords import Compared, GuardedPasswords
from commands.ports import Gates, Ledger, Passwords, Vault
from commands.refresh_tokens import RefreshTokens
from commands.sealing import Sealing
from commands.sessions import Sessions, Tokens
from commands.snapshots import Snapshots
from commands.states import States
from commands.streams import Streams
from commands.tally import Tally
from infra.argon2.passwords import Argon2Passwords
from infra.jwt.tokens import JwtAccessTokens
from infra.process.clock import wall_clock
from infra.sqlite.gates import SqliteGates
from schemas.ids import AccountId, Millis
from tests.contract.fixtures_write import SECRET
from tests.integration.handlers import cause
from tests.integration.stores import Site, open_site

PASSWORD = "correct horse"


class Counted:
    """Passes everything on to a port's adapter, and writes down what was asked of it, in order."""

    def __init__(self, name: str, adapter: object, calls: list[str]) -> None:
        self._name = name
        self._adapter = adapter
        self._calls = calls

    def __getattr__(self, method: str) -> Callable[..., Any]:
        found = getattr(self._adapter, method)

        def called(*arguments: Any, **named: Any) -> Any:
            if arguments != ([],):  # to ask for nothing costs nothing
                self._calls.append(f"{self._name}.{method}")
            return found(*arguments, **named)

        return called


def sessions_of(site: Site, calls: list[str] | None = None, clock: Callable[[], Millis] = wall_clock) -> Sessions:
    """What logs people in; with `calls`, everything that the stores and the hasher are asked is written down there."""
    ledger: Ledger = site.ledger
    vault: Vault = site.vault
    gates: Gates = SqliteGates(site.views)
    passwords: Passwords = Argon2Passwords(PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
    if calls is not None:
        ledger = cast(Ledger, Counted("ledger", ledger, calls))
        vault = cast(Vault, Counted("vault", vault, calls))
        gates = cast(Gates, Counted("gates", gates, calls))
        passwords = cast(Passwords, Counted("passwords", passwords, calls))
    streams, sealing = Streams(ledger, site.log, Tally()), Sealing(vault)
    states = States(streams, sealing, Snapshots(ledger, vault))
    return Sessions(
        handler=replace(site.handler, ledger=ledger, streams=streams, states=states, sealing=sealing),
        vault=vault,
        passwords=GuardedPasswords(vault, gates, passwords, clock),
        access_tokens=JwtAccessTokens(SECRET),
        refresh_tokens=RefreshTokens([SECRET]),
        ids=site.ids,
        clock=clock,
        name_secret=SECRET,
    )


async def someone_logged_in(
    vault: Vault, account: AccountId | None = None, limits: Limits = STATED
) -> tuple[Sessions, Tokens]:
    """What keeps sessions over any vault, and somebody's first tokens. A password need not be given for them."""
    with TemporaryDirectory() as folder:
        site = open_site(Path(folder))
        account = account or AccountId(f"ac_{await site.ids.digits()}")
        sessions = replace(sessions_of(site), vault=vault, limits=limits)
        sessions = replace(sessions, passwords=replace(sessions.passwords, vault=vault))
        tokens = await sessions.begin(account, Compared("", account, await vault.password(account), True))
        site.views.close()
        site.truth.close()
    return sessions, tokens


async def signed_up(site: Site, sessions: Sessions, username: str, hasher: Passwords) -> AccountId:
    """Somebody who can log in."""
    account = AccountId(f"ac_{await site.ids.digits()}")
    await site.vault.create_key(account)
    await site.vault.first_password(account, await hasher.hash(PASSWORD))
    opened = OpenAccount(account, username, f"{username}@example.org", "", wall_clock())
    claim = ClaimUsername(account, sessions.name_digest(username), opened)
    await site.handler.handle(claim, cause(f"{username} claims"))
    return account
