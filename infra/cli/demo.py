"""Playing the demo from the command line: used by `run`, `demo` and `cluster`."""

import json
from pathlib import Path

import typer

from infra.demo.report import render
from infra.demo.scenario import play

PHOTOS = Path(__file__).parents[2] / "tests" / "data" / "photos"


async def play_demo(url: str, *, as_json: bool) -> int:
    """Plays it, prints what happened, and gives the exit status."""
    summary = await play(url, PHOTOS, (lambda _line: None) if as_json else typer.echo)
    typer.echo(json.dumps(vars(summary), default=vars, indent=2) if as_json else render(summary))
    return 1 if summary.failures else 0
