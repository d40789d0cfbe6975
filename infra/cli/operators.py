"""What operators' commands share: a site's ports for as long as a command takes, who gives an order, whom it names."""

import asyncio
import getpass
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import typer

from infra.process import logs
from infra.process.environment import load_settings

if TYPE_CHECKING:
    from infra.wiring.operating import Operating
    from schemas.ids import AccountId

REFUSED = 1


def run(work: "Callable[[Operating], Awaitable[Any]]") -> Any:
    """Does this on the site that the settings name; a refusal is said, and the exit status is 1."""
    logs.configure(logging.WARNING)
    from infra.history.refusals import Refused
    from infra.wiring.operating import operating
    from schemas.errors import PhotologError

    async def opened() -> Any:
        async with operating(load_settings()) as site:
            return await work(site)

    try:
        return asyncio.run(opened())
    except PhotologError as refusal:
        said = f"{refusal.code}: {refusal.detail}"
    except Refused as refusal:
        said = str(refusal)
    typer.echo(said, err=True)
    raise typer.Exit(REFUSED)


def operator() -> "AccountId":
    """The actor of what an operator orders."""
    from commands.aggregate import SYSTEM
    from schemas.ids import AccountId

    return AccountId(f"{SYSTEM}operator:{getpass.getuser()}")


async def account_named(site: "Operating", name: str) -> "AccountId":
    """The account with this id, or this username. Raises UnknownAccount."""
    from projections.accounts import USERNAMES
    from schemas.ids import AccountId, is_account_id
    from schemas.refusals import UnknownAccount
    from schemas.text import fold_username

    if is_account_id(name):
        return AccountId(name)
    key = (fold_username(name),)
    row = (await site.read.tables.get(USERNAMES, [key])).get(key)
    if row is None:
        raise UnknownAccount
    return AccountId(row["account_id"])
