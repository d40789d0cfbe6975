"""`photolog schemas`: the events' JSON Schemas as files, written from the types and checked against them."""

import sys

import typer

from infra.event_schemas import FOLDER, differences, write_all

schemas = typer.Typer(help="The JSON Schemas of events.", no_args_is_help=True)


@schemas.command()
def write() -> None:
    """Write the schema of every event type that has none yet."""
    for name in write_all():
        typer.echo(f"wrote {FOLDER / name}.json")


@schemas.command()
def check() -> None:
    """Check that every event type still has exactly the schema that is on file; fails if not."""
    found = differences()
    for difference in found:
        typer.echo(difference, err=True)
    if found:
        typer.echo("A stored event type never changes: give the new shape a new version.", err=True)
        sys.exit(1)
    typer.echo("every event type has the schema that is on file")
