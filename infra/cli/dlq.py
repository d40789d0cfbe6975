"""`photolog dlq`: events that a subscriber could not take, and what is to become of them.

Orders are recorded as events, with who gave them and why; the owner of the partition carries them out within seconds.
"""

import asyncio
import getpass
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.process import logs
from infra.process.settings import load_settings

if TYPE_CHECKING:
    from processors.letter_box import LetterBox

dlq = typer.Typer(help="Dead letters: events that could not be taken.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Letter = Annotated[str, typer.Argument(help="The letter, as `list` shows it.")]
Why = Annotated[str, typer.Option("--why", help="The reason, which is recorded.")]
REFUSED = 1


@dlq.command("list")
def list_(as_json: AsJson = False) -> None:
    """List what waits, and behind which letter."""
    waiting = _run(lambda box: box.waiting())
    if as_json:
        typer.echo(json.dumps(waiting, indent=2))
        return
    for one in waiting:
        place = f"{one['topic']}[{one['log_partition']}] {one['first']}"
        what = f"{one.get('code', '?')} {one.get('field', '')}".strip()
        typer.echo(f"{one['letter_id']:24} {one['subscriber']:16} {place:32} {what:32} {one['held']}")


@dlq.command()
def show(letter: Letter, as_json: AsJson = False) -> None:
    """Show a letter, what was said of it, and the event as the log holds it."""
    for one in _printed(_run(lambda box: box.shown(letter)), as_json):
        for name, value in one.items():
            typer.echo(f"{name:14} {value}")


@dlq.command()
def retry(letter: Letter, why: Why = "mended", as_json: AsJson = False) -> None:
    """Have it tried again."""
    _ordered(_run(lambda box: box.retry(letter, _operator(), why)), as_json)


@dlq.command()
def discard(letter: Letter, why: Annotated[str, typer.Option("--why", help="Why.")], as_json: AsJson = False) -> None:
    """Have it passed over, for ever, by whoever reads it."""
    _ordered(_run(lambda box: box.discard(letter, _operator(), why)), as_json)


@dlq.command("replace")
def replace_(
    letter: Letter,
    file: Annotated[Path, typer.Argument(help="The event as it should have been, in its wire form.")],
    why: Why = "replaced",
    as_json: AsJson = False,
) -> None:
    """Have this read instead."""
    _ordered(_run(lambda box: box.replace(letter, _operator(), why, file.read_bytes())), as_json)


def _run(work: "Callable[[LetterBox], Awaitable[Any]]") -> Any:
    logs.configure(logging.WARNING)
    from schemas.errors import PhotologError

    async def run() -> Any:
        async with _box() as box:
            return await work(box)

    try:
        return asyncio.run(run())
    except PhotologError as refusal:
        typer.echo(f"{refusal.code}: {refusal.detail}", err=True)
        raise typer.Exit(REFUSED) from None


@asynccontextmanager
async def _box() -> "AsyncIterator[LetterBox]":
    from infra.wiring.operating import operating
    from infra.wiring.subscribers import SUBSCRIBERS
    from processors.letter_box import LetterBox

    async with operating(load_settings()) as site:
        ids = [subscriber.id for subscriber in SUBSCRIBERS]
        yield LetterBox(site.handler, site.read.tables, site.write.log, site.write.vault, ids)


def _operator() -> Any:
    from commands.aggregate import SYSTEM

    return f"{SYSTEM}operator:{getpass.getuser()}"


def _printed(found: list[dict[str, Any]], as_json: bool) -> list[dict[str, Any]]:
    """What is left to be printed as text."""
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return []
    return found


def _ordered(orders: list[str], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(dict(order.split(": ") for order in orders)))
        return
    for order in orders:
        typer.echo(order)
