"""`photolog log archive`: seals the log's history in the object store, and compares what is sealed with the log."""

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.log_running import STOPPED, AsJson, moment, on_the_log, tell
from infra.process.environment import load_settings

if TYPE_CHECKING:
    from infra.archive.manifest import Manifest
    from infra.history.source import Source

Before = Annotated[int | None, typer.Option(parser=moment, metavar="TIME", help="What the log took before this time.")]
Verify = Annotated[bool, typer.Option("--verify", help="Read all of the archive, and compare it with the log.")]


def archive(before: Before = None, verify: Verify = False, as_json: AsJson = False) -> None:
    """Seal the log's history in the object store. Nothing is taken from the log. Stopped or killed, it goes on."""
    if (before is None) == (not verify):
        raise typer.BadParameter("say what is to be done: --before TIME, or --verify")
    manifest, whole = on_the_log(lambda source: _archived(source, before))
    events, size = sum(manifest.ends.values()), sum(one.size_bytes for one in manifest.segments)
    if as_json:
        said = {"events": events, "segments": len(manifest.segments), "bytes": size, "complete": whole}
        typer.echo(json.dumps(said))
    else:
        typer.echo(f"{events:,} events in {len(manifest.segments):,} segments, {size / 1024**2:,.1f} MiB")
    if not whole:
        tell("Stopped. The same command goes on from here.")
        raise typer.Exit(STOPPED)


async def _archived(source: "Source", before: int | None) -> "tuple[Manifest, bool]":
    """The archive as it is then, and whether that is all."""
    from infra.archive.archiving import Archiving
    from infra.history.progress import said_now_and_then
    from infra.http.server import on_stop
    from infra.wiring.objects import opened_objects

    settings = load_settings()
    with tempfile.TemporaryDirectory(prefix="photolog-archive-") as folder:
        async with opened_objects(settings) as objects:
            run = Archiving(source, objects, Path(folder), settings.export_bytes, said_now_and_then(tell))
            if before is None:
                return await run.verify(), True
            on_stop(run.stop.set)
            return await run.run(before), not run.stop.is_set()
