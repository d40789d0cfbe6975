"""`photolog log export`: events into a folder of Parquet files, or of JSON lines, that anything can read."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.log_running import STOPPED, AsJson, Types, checked, moment, on_the_log, tell
from infra.process.settings import load_settings

if TYPE_CHECKING:
    from infra.history.manifest import Manifest
    from infra.history.source import Source


class ExportFormat(StrEnum):
    """What an export is written as."""

    PARQUET, JSONL = "parquet", "jsonl"


Folder = Annotated[Path, typer.Option("--to", help="The folder; one of the same export gets what is new.")]
Streams = Annotated[list[str] | None, typer.Option("--stream", help="As `post/po_...`; may be repeated.")]
Subjects = Annotated[list[str] | None, typer.Option("--subject", help="An account; may be repeated.")]
Since = Annotated[int | None, typer.Option(parser=moment, metavar="TIME", help="Events from this time on.")]
Until = Annotated[int | None, typer.Option(parser=moment, metavar="TIME", help="Events before this time.")]
Raw = Annotated[bool, typer.Option("--raw", help="What the log holds: late duplicates, and no operator's orders.")]


def export(
    to: Folder,
    format_: Annotated[ExportFormat, typer.Option("--format")] = ExportFormat.PARQUET,
    types: Types = None,
    streams: Streams = None,
    subjects: Subjects = None,
    since: Since = None,
    until: Until = None,
    raw: Raw = False,
    as_json: AsJson = False,
) -> None:
    """Export every event once, personal fields encrypted. Stopped or killed, the same command goes on; status 130."""
    from events.replay import Selection

    selection = Selection(checked(types), tuple(streams or ()), tuple(subjects or ()), since, until, raw)
    manifest = on_the_log(lambda source: _exported(source, to, selection, format_.value))
    from infra.history.manifest import totals

    rows = totals(manifest)
    if as_json:
        typer.echo(json.dumps({"rows": rows, "complete": manifest.ends is not None}))
    else:
        typer.echo("\n".join(f"{number:12,} {table}" for table, number in rows.items()))
    if manifest.ends is None:
        tell("Stopped. The same command goes on from here.")
        raise typer.Exit(STOPPED)


async def _exported(source: "Source", to: Path, selection: Any, format_: str) -> "Manifest":
    from infra.history.export import Export
    from infra.history.progress import said_now_and_then
    from infra.http.server import on_stop
    from infra.process.data_folder import held

    with held(to):
        run = Export(source, to, selection, format_, load_settings().export_bytes, said_now_and_then(tell))
        on_stop(run.stop.set)
        return await run.run()
