"""`photolog log export`: events into Parquet files, or of JSON lines, that anything can read."""

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.log_running import STOPPED, Archived, AsJson, Types, checked, moment, on_the_log, tell
from infra.process.environment import load_settings

if TYPE_CHECKING:
    from infra.history.manifest import Manifest
    from infra.history.source import Source


class ExportFormat(StrEnum):
    """What an export is written as."""

    PARQUET, JSONL = "parquet", "jsonl"


Where = Annotated[
    str,
    typer.Option("--to", help="A folder, or s3://BUCKET/PREFIX of the site's store; again, it gets what is new."),
]
Streams = Annotated[list[str] | None, typer.Option("--stream", help="As `post/po_...`; may be repeated.")]
Subjects = Annotated[list[str] | None, typer.Option("--subject", help="An account; may be repeated.")]
Since = Annotated[
    int | None,
    typer.Option(parser=moment, metavar="TIME", help="Events from this time on: UTC, and of a day its first moment."),
]
Until = Annotated[int | None, typer.Option(parser=moment, metavar="TIME", help="Events before this time.")]
Raw = Annotated[bool, typer.Option("--raw", help="What the log holds: late duplicates, and no operator's orders.")]


def export(
    to: Where,
    format_: Annotated[ExportFormat, typer.Option("--format")] = ExportFormat.PARQUET,
    types: Types = None,
    streams: Streams = None,
    subjects: Subjects = None,
    since: Since = None,
    until: Until = None,
    raw: Raw = False,
    archive: Archived = False,
    as_json: AsJson = False,
) -> None:
    """Export every event once, personal fields encrypted. Stopped or killed, the same command goes on; status 130."""
    from events.replay import Selection

    if since is not None and until is not None and until <= since:
        raise typer.BadParameter("is no later than --since: nothing is between them", param_hint="--until")
    selection = Selection(checked(types), tuple(streams or ()), tuple(subjects or ()), since, until, raw)
    manifest = on_the_log(lambda source: _exported(source, to, selection, format_.value), archive)
    from infra.history.manifest import totals

    rows = totals(manifest)
    if as_json:
        typer.echo(json.dumps({"rows": rows, "complete": manifest.ends is not None}))
    else:
        typer.echo(
            "\n".join(f"{number:12,} {table}" for table, number in rows.items()) or "no events of this selection"
        )
    if manifest.ends is None:
        tell("Stopped. The same command goes on from here.")
        raise typer.Exit(STOPPED)


async def _exported(source: "Source", to: str, selection: Any, format_: str) -> "Manifest":
    import pyarrow

    from infra.history.export import Export
    from infra.history.progress import said_now_and_then
    from infra.http.server import on_stop
    from infra.wiring.history import seen
    from infra.wiring.targets import opened_target

    pyarrow.set_memory_pool(pyarrow.system_memory_pool())  # its own keeps what it had: some 60 MB
    settings = load_settings()
    async with opened_target(settings, to, writing=True) as target:
        said, views = said_now_and_then(tell), await seen(settings)
        run = Export(source, target, selection, format_, settings.export_bytes, said, views)
        on_stop(run.stop.set)
        return await run.run()
