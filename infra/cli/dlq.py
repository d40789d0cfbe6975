"""`photolog dlq`: events that a subscriber could not take, and what is to become of them.

Orders are recorded as events, with who gave them and why; the owner of the partition carries them out within seconds.
"""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.operators import operator, run

if TYPE_CHECKING:
    from infra.wiring.operating import Operating
    from processors.letter_box import LetterBox

dlq = typer.Typer(help="Dead letters: events that could not be taken.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Letter = Annotated[str, typer.Argument(help="The letter, as `list` shows it.")]
Why = Annotated[str, typer.Option("--why", help="The reason, which is recorded.")]


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
    _ordered(_run(lambda box: box.retry(letter, operator(), why)), as_json)


@dlq.command()
def discard(letter: Letter, why: Annotated[str, typer.Option("--why", help="Why.")], as_json: AsJson = False) -> None:
    """Have it passed over, for ever, by whoever reads it."""
    _ordered(_run(lambda box: box.discard(letter, operator(), why)), as_json)


@dlq.command("replace")
def replace_(
    letter: Letter,
    file: Annotated[Path, typer.Argument(help="The event as it should have been, in its wire form.")],
    why: Why = "replaced",
    as_json: AsJson = False,
) -> None:
    """Have this read instead."""
    _ordered(_run(lambda box: box.replace(letter, operator(), why, file.read_bytes())), as_json)


def _run(work: "Callable[[LetterBox], Awaitable[Any]]") -> Any:
    async def boxed(site: "Operating") -> Any:
        from infra.wiring.subscribers import SUBSCRIBERS
        from processors.letter_box import LetterBox

        ids = [subscriber.id for subscriber in SUBSCRIBERS]
        return await work(LetterBox(site.handler, site.stored.fed_tables, site.write.log, site.write.vault, ids))

    return run(boxed)


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
