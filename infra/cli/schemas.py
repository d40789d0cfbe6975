"""`photolog schemas`: the contracts of stored events and of the APIs, written from the code and checked against it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

schemas = typer.Typer(help="Schemas, golden samples and versions of events.", no_args_is_help=True)

REFUSED = 1
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


@schemas.command()
def write() -> None:
    """Write what every version lacks, of schema, golden sample and lock, and the AsyncAPI and OpenAPI documents."""
    from infra.event_schemas.files import FILES
    from infra.event_schemas.written import write_all
    from infra.openapi import kept

    for name in [*write_all(FILES), *kept.write(FILES)]:
        typer.echo(f"wrote schemas/{name}")


@schemas.command("golden")
def write_golden(
    name: Annotated[str, typer.Argument(metavar="TYPE")],
    data: Annotated[Path, typer.Argument(help="Its data in clear, as JSON.", exists=True)],
) -> None:
    """Write the golden sample of a new version from values that mean something, before `write` makes some up."""
    from infra.event_schemas import golden
    from infra.event_schemas.files import FILES

    try:
        written = golden.write(golden.from_data(name, json.loads(data.read_bytes())), FILES)
    except ValueError as error:
        typer.echo(f"{name}: {error}", err=True)
        raise typer.Exit(REFUSED) from None
    typer.echo(f"wrote schemas/golden/{name}.json" if written else f"{name} has a golden sample: it stays as it is")
    if not written:
        raise typer.Exit(REFUSED)


@schemas.command("list")
def list_versions(as_json: AsJson = False) -> None:
    """List every version ever stored, and what each changed."""
    from infra.event_schemas.files import FILES
    from infra.event_schemas.versions import versions

    found = versions(FILES)
    if as_json:
        typer.echo(json.dumps([asdict(version) for version in found], indent=2))
        return
    for version in found:
        typer.echo(f"{version.name:28} {'written' if version.written else 'read, upcast to ' + version.reads_as}")
        for line in version.changes:
            typer.echo(f"    {line}")


@schemas.command()
def check(as_json: AsJson = False) -> None:
    """Fail on what would make stored events unreadable, and on what is out of date: says what to do instead."""
    from infra.event_schemas import gate
    from infra.event_schemas.files import FILES
    from infra.event_schemas.history import past
    from infra.openapi import kept

    before = past(FILES)
    found = [*gate.findings(FILES, before), *kept.findings(FILES)]
    if as_json:
        typer.echo(json.dumps({"compared_with": before.reach, "findings": [asdict(one) for one in found]}, indent=2))
    else:
        for finding in found:
            typer.echo(f"{finding}\n", err=True)
        typer.echo(f"compared with {before.reach}")
        typer.echo(
            f"{len(found)} findings" if found else "every stored event can be read; nothing released has changed"
        )
    if found:
        raise typer.Exit(REFUSED)
