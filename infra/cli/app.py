"""The subcommands of `photolog`."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Annotated

import typer

from infra import logs
from infra.cli.schemas import schemas
from infra.cli.stack import stack
from infra.demo.report import render
from infra.demo.scenario import play
from infra.embedded import serving
from infra.http.server import run as run_loop
from infra.settings import Settings, listed, load_settings

app = typer.Typer(help="An event-sourced platform for an image-centric social network.", no_args_is_help=True)
app.add_typer(schemas, name="schemas")
app.add_typer(stack, name="stack")

PHOTOS = Path(__file__).parents[2] / "tests" / "data" / "photos"
STOPPED = 130
"""Exit status of a run that was stopped before its demo ended."""
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


@app.command()
def serve() -> None:
    """Serve everything from one process, until SIGTERM or Ctrl-C."""
    logs.configure()
    run_loop(_serve(load_settings()))


async def _serve(settings: Settings) -> None:
    async with serving(settings) as running:
        typer.echo(f"Photolog serves {settings.origin} (data in {settings.data}); Ctrl-C stops it.")
        await running


@app.command()
def run(exit_: Annotated[bool, typer.Option("--exit", help="End after the demo.")] = False) -> None:
    """Serve, play the demo against it, and keep serving."""
    logs.configure(logging.WARNING)
    raise typer.Exit(run_loop(_run(load_settings(), exit_)))


async def _run(settings: Settings, end: bool) -> int:
    async with serving(settings) as running:
        typer.echo(f"Photolog serves {settings.origin} (data in {settings.data}).")
        playing = asyncio.create_task(_play(settings.origin, as_json=False))
        await asyncio.wait([playing, running], return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            playing.cancel()
            return STOPPED
        if not end:
            typer.echo(f"\nStill serving {settings.origin}: try {settings.origin}/docs. Ctrl-C stops it.")
            await running
        return playing.result()


@app.command()
def demo(
    url: Annotated[str, typer.Option(help="Where Photolog is served.")] = "http://127.0.0.1:8080",
    as_json: AsJson = False,
) -> None:
    """Play the demo through the public API; run again, it verifies and adds nothing."""
    logs.configure(logging.WARNING)
    raise typer.Exit(asyncio.run(_play(url, as_json)))


async def _play(url: str, as_json: bool) -> int:
    summary = await play(url, PHOTOS, (lambda _line: None) if as_json else typer.echo)
    typer.echo(json.dumps(vars(summary), default=vars, indent=2) if as_json else render(summary))
    return 1 if summary.failures else 0


@app.command()
def settings(as_json: AsJson = False) -> None:
    """List every setting, its value, and where it came from."""
    rows = listed(load_settings())
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        typer.echo(f"{row['name']:28} {row['value']:32} {row['source']:12} {row['about']}")
