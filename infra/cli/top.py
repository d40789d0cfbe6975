"""`photolog top`: lag, rates, what is held or stalled, and the way from a command to a query, live in the terminal."""

import asyncio
import json
from contextlib import aclosing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.operators import REFUSED, run
from infra.process.environment import load_settings

if TYPE_CHECKING:
    from infra.top.looks import Looks
    from infra.wiring.operating import Operating

EVERY_S = 1.0


def top(
    once: Annotated[
        bool, typer.Option("--once", help="Look until it is known, some 8 s, say it, and end: status 1 if not well.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as JSON.")] = False,
    svg: Annotated[Path | None, typer.Option(help="With --once: also draw the screen into this file.")] = None,
) -> None:
    """Show live how far every read model is, what is stalled or held, and how long a command takes to be seen.

    Asks the stores and no process, beside whatever runs; Ctrl-C ends it.
    """
    if not run(lambda site: _once(site, as_json, svg) if once or as_json else _live(site)):
        raise typer.Exit(REFUSED)


async def _once(site: "Operating", as_json: bool, svg: Path | None) -> bool:
    from rich.console import Console

    from infra.top.screen import screen

    async with aclosing(_looks(site)) as looks:
        look = await looks.decided(partial(asyncio.sleep, EVERY_S))
    if as_json:
        typer.echo(json.dumps(look.said, indent=2))
    else:
        console = Console(record=svg is not None, width=110 if svg else None)
        console.print(screen(look, _place()))
        if svg is not None:
            console.save_svg(str(svg), title="photolog top")
    return look.is_well


async def _live(site: "Operating") -> bool:
    from rich.live import Live

    from infra.http.server import on_stop
    from infra.top.screen import screen

    stop = asyncio.Event()
    on_stop(stop.set)
    async with aclosing(_looks(site)) as looks:
        with Live(screen=True, auto_refresh=False) as live:
            while not stop.is_set():
                live.update(screen(await looks.look(), _place()), refresh=True)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), EVERY_S)
    return True


def _looks(site: "Operating") -> "Looks":
    from infra.top.looks import Looks
    from infra.wiring import watching
    from infra.wiring.subscribers import SUBSCRIBERS
    from processors.letter_box import LetterBox

    settings, write, read = load_settings(), site.write, site.stored
    ids = [subscriber.id for subscriber in SUBSCRIBERS]
    return Looks(
        log=write.log,
        positions=read.positions,
        state=site.state,
        vigil=watching.vigil(write.log, read, site.state, by_others=settings.backend == "cluster"),
        canary=watching.canary(read, site.handler, settings),
        box=LetterBox(site.handler, read.fed_tables, write.log, write.vault, ids),
    )


def _place() -> str:
    settings = load_settings()
    return str(settings.data) if settings.backend == "embedded" else f"{settings.site or 'site'} on {settings.kafka}"
