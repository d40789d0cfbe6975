"""`photolog import`: another system's accounts, follows and posts from files, as if each had been said by a client."""

import json
import logging
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.process import logs
from infra.process.environment import load_settings
from infra.process.seldom import seldom
from infra.process.settings import Settings

if TYPE_CHECKING:
    from infra.importing.report import Report

REFUSED, STOPPED = 1, 130
SOURCE = re.compile(r"[A-Za-z0-9_.-]{1,64}")

Files = Annotated[
    list[Path], typer.Argument(help="JSON lines, or CSV with a header.", exists=True, dir_okay=False, readable=True)
]
Source = Annotated[str, typer.Option(help="The other system's name, if there are several: their ids may be the same.")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable summary on stdout.")]


def import_(files: Files, source: Source = "import", as_json: AsJson = False) -> None:
    """Add the rows of files; said again, it adds what is missing. Status 1 if a row was refused, 130 if stopped."""
    logs.configure(logging.WARNING)
    if not SOURCE.fullmatch(source):
        raise typer.BadParameter("has letters, digits, _, . and - only", param_hint="--source")
    from infra.http.server import run
    from schemas.errors import PhotologError

    try:
        report = run(_imported(load_settings(), files, source))
    except PhotologError as refusal:
        _say(f"{refusal.code}: {refusal.detail}. The same command goes on from here.")
        raise typer.Exit(REFUSED) from None
    if as_json:
        typer.echo(json.dumps(report.summary))
    else:
        typer.echo(report.progress)
    if report.stopped_at:
        _say(f"Stopped before {report.stopped_at}. The same command goes on from here.")
        raise typer.Exit(STOPPED)
    if report.rows["refused"]:
        raise typer.Exit(REFUSED)


async def _imported(settings: Settings, files: list[Path], source: str) -> "Report":
    from infra.http.server import on_stop
    from infra.importing.batches import Batches
    from infra.wiring.importing import importing

    async with importing(settings, source) as opened:
        batches = Batches(opened.importing, opened.transactions, opened.at_once, settings.photo_bytes, _say)
        on_stop(batches.stop.set)
        return await batches.run(files, seldom(_tell, said=time.monotonic()))


def _tell(report: "Report") -> None:
    _say(report.progress)


def _say(text: str) -> None:
    typer.echo(text, err=True)
