"""Playing the demo from the command line: used by `run`, `demo` and `cluster`."""

import json

import typer

from infra.local.demo.photos import PHOTOS
from infra.local.demo.report import render
from infra.local.demo.scenario import play


async def play_demo(url: str, *, as_json: bool) -> int:
    """Plays it, prints what happened, and gives the exit status."""
    summary = await play(url, PHOTOS, (lambda _line: None) if as_json else typer.echo)
    typer.echo(json.dumps(vars(summary), default=vars, indent=2) if as_json else render(summary))
    return 1 if summary.failures else 0
