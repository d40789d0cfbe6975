"""`photolog log`: the log for analysts. It is only read, beside whatever runs: no topic, table or user is made."""

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.log_archive import archive
from infra.cli.log_as_of import as_of
from infra.cli.log_export import export
from infra.cli.log_running import AsJson, Types, checked, on_the_log
from infra.cli.log_sql import sql

if TYPE_CHECKING:
    from infra.history.source import Source

log = typer.Typer(help="The log, for analysts: shown, described, exported, queried, archived.", no_args_is_help=True)


class CatalogueFormat(StrEnum):
    """What the catalogue is written as."""

    MARKDOWN, JSON, ASYNCAPI = "markdown", "json", "asyncapi"


@log.command()
def tail(
    types: Types = None,
    number: Annotated[int, typer.Option("-n", min=0, help="How many of the last events.")] = 10,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is appended, until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the last events, in the order in which the log took them; personal fields stay encrypted."""
    from events.replay import Selection
    from infra.history import tail as ends

    selection, shown = Selection(types=checked(types)), ends.as_json if as_json else ends.line

    async def show(source: "Source") -> None:
        now = await source.ends()
        for entry in await ends.last(source, selection, number, now):
            typer.echo(shown(entry))
        if follow:
            async for entry in ends.following(source, selection, now):
                typer.echo(shown(entry))

    on_the_log(show)


@log.command()
def catalogue(
    format_: Annotated[CatalogueFormat, typer.Option("--format")] = CatalogueFormat.MARKDOWN,
) -> None:
    """Say of every event type what it means, since when, its fields, and which are personal."""
    from infra.event_schemas import asyncapi
    from infra.event_schemas.files import FILES
    from infra.history import catalogue as described

    if format_ is CatalogueFormat.ASYNCAPI:
        typer.echo(json.dumps(asyncapi.document(FILES), indent=2, ensure_ascii=False))
    elif format_ is CatalogueFormat.JSON:
        typer.echo(json.dumps(described.as_json(described.catalogue(FILES)), indent=2, ensure_ascii=False))
    else:
        typer.echo(described.as_markdown(described.catalogue(FILES)))


for command in (export, sql, as_of, archive):
    log.command()(command)
