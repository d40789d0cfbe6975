"""The subcommands of `photolog`. Each imports what it runs when it runs: imports are most of a start."""

import asyncio
import json
import logging
from typing import Annotated

import typer

from infra.cli import processes
from infra.cli.check import check
from infra.cli.dlq import dlq
from infra.cli.feed import feed
from infra.cli.importing import import_
from infra.cli.keys import keys
from infra.cli.log import log
from infra.cli.media import media
from infra.cli.moderation import moderation
from infra.cli.projections import projections
from infra.cli.schemas import schemas
from infra.cli.stack import stack
from infra.cli.top import top
from infra.process import logs
from infra.process.environment import listed, load_settings
from infra.process.settings import Settings

app = typer.Typer(help="An event-sourced platform for an image-centric social network.", no_args_is_help=True)
app.add_typer(dlq, name="dlq")
app.add_typer(feed, name="feed")
app.add_typer(keys, name="keys")
app.add_typer(log, name="log")
app.add_typer(media, name="media")
app.add_typer(moderation, name="moderation")
app.add_typer(projections, name="projections")
app.add_typer(schemas, name="schemas")
app.add_typer(stack, name="stack")
app.command("command-api")(processes.command_api)
app.command("query-api")(processes.query_api)
app.command("import")(import_)
for command in (processes.worker, processes.gateway, processes.edge, processes.cluster, check, top):
    app.command()(command)

STOPPED = 130
"""Exit status of a run that was stopped before its demo ended."""
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


@app.command()
def serve() -> None:
    """Serve everything from one process, until SIGTERM or Ctrl-C."""
    logs.configure()
    from infra.http.server import run

    run(_serve(load_settings()))


async def _serve(settings: Settings) -> None:
    from infra.wiring.embedded import serving

    async with serving(settings) as running:
        typer.echo(f"Photolog serves {settings.origin} (data in {settings.data}); Ctrl-C stops it.")
        await running


@app.command("run")
def run_demo(exit_: Annotated[bool, typer.Option("--exit", help="End after the demo.")] = False) -> None:
    """Serve, play the demo against it, and keep serving."""
    logs.configure(logging.WARNING)
    from infra.http.server import run

    raise typer.Exit(run(_run(load_settings(), exit_)))


async def _run(settings: Settings, end: bool) -> int:
    from infra.cli.demo import play_demo
    from infra.wiring.embedded import serving

    async with serving(settings) as running:
        typer.echo(f"Photolog serves {settings.origin} (data in {settings.data}).")
        playing = asyncio.create_task(play_demo(settings.origin, as_json=False))
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
    from infra.cli.demo import play_demo

    raise typer.Exit(asyncio.run(play_demo(url, as_json=as_json)))


@app.command()
def metrics(as_json: AsJson = False) -> None:
    """List every metric, its kind and labels, and what it says."""
    from infra.process.metrics import CATALOGUE

    if as_json:
        typer.echo(json.dumps([metric._asdict() for metric in CATALOGUE], indent=2))
        return
    for metric in CATALOGUE:
        typer.echo(f"{metric.name:40} {metric.kind:8} {','.join(metric.labels):28} {metric.about}")


@app.command()
def settings(as_json: AsJson = False) -> None:
    """List every setting, its value, and where it came from."""
    rows = listed(load_settings())
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        typer.echo(f"{row['name']:28} {row['value']:32} {row['source']:12} {row['about']}")
