"""What the subcommands of `photolog log` have in common: options, and running something on the log."""

import getpass
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from infra.process import logs
from infra.process.environment import load_settings
from infra.process.settings import Settings

if TYPE_CHECKING:
    from commands.ports import Vault
    from infra.history.source import Source

AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Types = Annotated[
    list[str] | None, typer.Option("--type", help="noun.verb, or noun.verb.vN for one version; may be repeated.")
]
Personal = Annotated[
    bool,
    typer.Option(
        "--personal",
        help="Open personal fields: needs the site's secret, on a cluster CQL too, --who and --why; recorded.",
    ),
]
Archived = Annotated[
    bool, typer.Option("--archive", help="What is archived is read from the archive, and the log from there on.")
]
Who = Annotated[str, typer.Option("--who", help="With --personal: who reads it.")]
Why = Annotated[str, typer.Option("--why", help="With --personal: the reason.")]
REFUSED, STOPPED = 1, 130
DRIVERS = ("aiokafka", "cassandra")
EXTRA = {"duckdb", "pyarrow"}
"""What is installed with `photolog[analysts]`."""
T = TypeVar("T")


def on_the_log(work: "Callable[[Source], Awaitable[T]]", archive: bool = False) -> T:
    """Runs something on the log of these settings, or on archive and log, and ends the process with one line if it
    cannot be."""
    logs.configure(logging.WARNING)
    for driver in DRIVERS:
        logging.getLogger(driver).setLevel(logging.CRITICAL)  # what is wrong is said in one line, below
    from infra.history.refusals import Refused
    from infra.http.server import run
    from infra.process.bulk import works_in_bulk
    from infra.wiring.history import opened_history
    from schemas.errors import PhotologError

    async def working() -> T:
        async with opened_history(load_settings(), archive) as source:
            works_in_bulk()
            return await work(source)

    try:
        return run(working())
    except PhotologError as refusal:
        said = str(refusal) if str(refusal).startswith(refusal.code) else f"{refusal.code}: {refusal.detail}"
    except Refused as refusal:
        said = str(refusal)
    except ModuleNotFoundError as missing:
        if missing.name not in EXTRA:
            raise
        said = f"{missing.name} is needed: pip install 'photolog[analysts]'"
    except KeyboardInterrupt:
        tell("Stopped.")
        raise typer.Exit(STOPPED) from None
    tell(said)
    raise typer.Exit(REFUSED)


def moment(said: str) -> int:
    """A time in milliseconds since 1970, from RFC 3339 or a date; without an offset it is UTC."""
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        raise typer.BadParameter(f"{said} is no time: say 2026-11-29, or 2026-11-29T08:00:00Z") from None
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def checked(types: list[str] | None) -> tuple[str, ...]:
    """Types that there are or were: a slip of the pen would find nothing, and look like an answer."""
    from events.envelope import stem_and_version
    from infra.event_schemas.files import FILES

    names = set(FILES.schemas())
    stems = {stem_and_version(name)[0] for name in names}
    for one in types or ():
        if one not in names | stems:
            meant = get_close_matches(one.replace("_", "."), stems, 1)
            there = f"did you mean {meant[0]}?" if meant else f"there are {', '.join(sorted(stems))}"
            raise typer.BadParameter(f"{one} is no event type; {there}", param_hint="--type")
    return tuple(types or ())


def tell(text: str) -> None:
    """To whoever waits, not to what reads the output."""
    typer.echo(text, err=True)


@asynccontextmanager
async def inquired(settings: Settings, who: str, why: str, tables: tuple[str, ...]) -> "AsyncIterator[Vault]":
    """The keys of personal fields, once it is recorded who opens which tables, and why."""
    if not who.strip() or not why.strip():
        raise typer.BadParameter("needs --who and --why, which are recorded", param_hint="--personal")
    from commands.aggregate import SYSTEM
    from commands.handling import Cause
    from commands.inquiries import MakeInquiry
    from infra.wiring.inquiries import inquiring
    from schemas.ids import COMMAND_PREFIX, AccountId, CommandId

    async with inquiring(settings) as site:
        digits = await site.handler.ids.digits()
        command_id = CommandId(f"{COMMAND_PREFIX}_{digits}")
        actor = AccountId(f"{SYSTEM}analyst:{getpass.getuser()}")
        command = MakeInquiry(actor, digits, who.strip(), why.strip(), tables)
        await site.handler.handle(command, Cause(command_id, command_id))
        yield site.vault
