"""`photolog stack`: the real servers on this machine, for development and tests. Talks to infra/local/stack alone."""

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from infra.local.stack.errors import StackError
from infra.local.stack.settings import StackSettings
from infra.local.stack.work import last_lines
from infra.process.environment import load_settings

if TYPE_CHECKING:
    from infra.local.stack.stack import Stack

stack = typer.Typer(
    help="The real servers on this machine: Kafka, CQL, Redis, MinIO; by name edge, prometheus, toxiproxy, versitygw.",
    no_args_is_help=True,
)

Only = Annotated[list[str] | None, typer.Option("--only", metavar="NAME", help="Only this server; may be repeated.")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Lines = Annotated[int, typer.Option("--lines", min=1, help="How many lines of each log.")]
MIB = 1024 * 1024
FAILED, INTERRUPTED = 1, 130


@stack.command()
def up(only: Only = None, as_json: AsJson = False) -> None:
    """Get what is missing, start what is not running, and wait until every server answers."""
    with explained():
        chosen = chosen_stack(move=True)
        chosen.up(only or ())
        _show(chosen, as_json, only or ())


@stack.command()
def get(only: Only = None) -> None:
    """Get what is missing and start nothing: so that a machine is ready to be taken off the network."""
    with explained():
        chosen_stack().get(only or ())


@stack.command()
def down(only: Only = None, as_json: AsJson = False) -> None:
    """Stop the servers that this stack started. Their data stays."""
    with explained():
        chosen = chosen_stack()
        chosen.down(only or ())
        _show(chosen, as_json, only or ())


@stack.command()
def status(only: Only = None, as_json: AsJson = False) -> None:
    """Show every server: running, stopped, or dead."""
    with explained():
        _show(chosen_stack(), as_json, only or ())


@stack.command()
def logs(only: Only = None, lines: Lines = 50, as_json: AsJson = False) -> None:
    """Print the end of each server's log."""
    with explained():
        chosen = chosen_stack()
        ends = {one.name: last_lines(chosen.log(one.name), lines) for one in chosen.status(only or ())}
        if as_json:
            typer.echo(json.dumps({name: {"path": str(chosen.log(name)), "end": end} for name, end in ends.items()}))
            return
        for name, end in ends.items():
            typer.echo(f"==> {chosen.log(name)} <==\n{end}\n")


@stack.command()
def env(as_json: AsJson = False) -> None:
    """Print the settings that point Photolog at this stack; use as: eval "$(photolog stack env)"."""
    with explained():
        chosen = chosen_stack()
        if not chosen.was_started:
            raise StackError(f"no stack was ever started in {chosen.folder}: photolog stack up")
        variables = chosen.environment
        if as_json:
            typer.echo(json.dumps(variables, indent=2))
            return
        for name, value in variables.items():
            typer.echo(f"export {name}={shlex.quote(value)}")


def chosen_stack(*, move: bool = False) -> "Stack":
    """The stack in the data folder, on the ports that it was started with; only `up` may move it to others."""
    # Imported here: the drivers that ask the servers cost half a second, which no other command should pay.
    from infra.local.stack.stack import Stack, recorded_base_port

    settings, ours = load_settings(), StackSettings()
    folder = settings.data / "stack"
    recorded = None if move else recorded_base_port(folder)
    origins = list(dict.fromkeys([settings.origin, *settings.origins]))
    return Stack(folder, recorded or ours.stack_port, ours.cache.expanduser(), origins, say)


def say(name: str, text: str) -> None:
    typer.echo(f"{name:8} {text}", err=True)


def _show(chosen: "Stack", as_json: bool, only: list[str] | tuple[str, ...] = ()) -> None:
    rows = chosen.status(only)
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    for row in rows:
        process = f"pid {row.pid:<8} {row.memory // MIB:5} MiB" if row.pid else ""
        typer.echo(f"{row.name:10} {row.state:8} {row.url:32} {process}".rstrip())


@contextmanager
def explained() -> Iterator[None]:
    """What went wrong in one message instead of a trace; Ctrl-C leaves nothing half fetched, and says so."""
    try:
        yield
    except StackError as error:
        typer.echo(f"photolog: {error}", err=True)
        sys.exit(FAILED)
    except KeyboardInterrupt:
        typer.echo("photolog: stopped; servers that were started go on, see: photolog stack status", err=True)
        sys.exit(INTERRUPTED)
