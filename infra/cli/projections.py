"""`photolog projections`: versions of read models: rebuilt, verified, switched and rolled back while serving."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.operators import REFUSED, run
from infra.process.environment import load_settings

if TYPE_CHECKING:
    from infra.versions.orders import Orders
    from infra.wiring.operating import Operating
    from processors.verifying import Verdict

projections = typer.Typer(help="Read models and their versions.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Name = Annotated[str, typer.Argument(help="The projection, as `list` shows it.")]
STOPPED = 130


@projections.command("list")
def list_(as_json: AsJson = False) -> None:
    """List every version: what is live, how each stands, and how far it is behind the log."""
    found = _run(lambda orders: orders.listed())
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    lag = f"{'LAG EVENTS':>10} {'LAG SECONDS':>11} {'HELD':>5}"
    typer.echo(f"{'NAME':14} {'VERSION':7} {'LIVE':4} {'STATE':10} {'VERIFIED':8} {lag}")
    for one in found:
        live, verified = "yes" if one["live"] else "", "yes" if one["verified"] else ""
        behind = f"{one['lag_events']:>10,} {one['lag_seconds']:>11.1f} {one['held_streams'] or '-':>5}"
        typer.echo(f"{one['name']:14} {one['version']:<7} {live:4} {one['state']:10} {verified:8} {behind}")
    if any(one["lag_events"] for one in found):
        typer.echo("LAG: `photolog top --once` says what stands still, and why")
    if any(one["held_streams"] for one in found):
        typer.echo("HELD: streams that wait behind dead letters; `photolog dlq list` says which, and why")


@projections.command()
def rebuild(
    name: Name,
    switch_: Annotated[bool, typer.Option("--switch", help="Let it go live once it is verified.")] = False,
    archive: Annotated[bool, typer.Option("--archive", help="Read what is archived from there, and the log.")] = False,
    as_json: AsJson = False,
) -> None:
    """Build a new version from the log beside the live one, and verify it. Stopped, the same command goes on."""

    async def work(orders: "Orders") -> "tuple[Verdict | None, int | None]":
        from infra.http.server import on_stop

        stop = asyncio.Event()
        on_stop(stop.set)
        verdict = await orders.rebuild(name, stop)
        goes_live = verdict is not None and verdict.is_right and switch_
        return verdict, await orders.switch(name) if goes_live else None

    verdict, before = _run(work, archive)
    if verdict is None:
        _say("Stopped. The same command goes on from here.")
        raise typer.Exit(STOPPED)
    _told(verdict, as_json)
    if before is not None:
        typer.echo(_switched(name, before), err=as_json)
    elif not switch_:
        typer.echo(f"{name}: verified; `photolog projections switch {name}` lets it go live", err=as_json)


@projections.command()
def verify(name: Name, as_json: AsJson = False) -> None:
    """Compare the newest version with an independent fold of the log. Status 0 only if they are equal."""
    _told(_run(lambda orders: orders.verify(name)), as_json)


@projections.command()
def diff(
    name: Name,
    expect: Annotated[int, typer.Option(help="Rows that may differ, because the rule has changed.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Count and name in what the newest version differs from the live one. Status 0 if it is no more than expected."""
    found = _run(lambda orders: orders.diff(name))
    if as_json:
        said = {"rows": found.rows, "differing": dict(found.differing), "named": found.named, "is_cut": found.is_cut}
        typer.echo(json.dumps(said, indent=2))
    else:
        typer.echo(f"{found.rows:,} rows, {found.total} differ" + (" at least" if found.is_cut else ""))
        for how, number in sorted(found.differing.items()):
            typer.echo(f"{number:>8,}  {how}")
        for one in found.named:
            typer.echo(f"{one['table']} {json.dumps(one['key'])}: {one['how']} {', '.join(one['columns'])}".rstrip())
    if found.total > expect or found.is_cut:
        raise typer.Exit(REFUSED)


@projections.command()
def switch(name: Name) -> None:
    """Let the newest verified version go live, once it is as far as the live one."""
    typer.echo(_switched(name, _run(lambda orders: orders.switch(name))))


@projections.command()
def rollback(name: Name) -> None:
    """Let the version that was live before go live again; said once more, it goes back to where it was."""
    typer.echo(f"{name}: version {_run(lambda orders: orders.rollback(name))} is live again")


@projections.command()
def drop(name: Name, version: Annotated[int, typer.Option(help="Which one; not the live one.")]) -> None:
    """Remove a version, its tables and its positions."""
    _run(lambda orders: orders.drop(name, version))
    typer.echo(f"{name}: version {version} is gone")


def _switched(name: str, before: int) -> str:
    return f"{name}: version {before} is not live any more; `photolog projections rollback {name}` brings it back"


def _told(verdict: "Verdict", as_json: bool) -> None:
    if as_json:
        said = {"rows": verdict.rows, "counts": verdict.counts, "forgotten": verdict.forgotten}
        typer.echo(json.dumps({**said, "differing": dict(verdict.differing), "named": verdict.named}, indent=2))
    else:
        typer.echo(
            f"{verdict.rows:,} rows and {verdict.counts:,} counts compared, {sum(verdict.differing.values())} differ"
        )
        for line in verdict.named:
            typer.echo(line)
    if not verdict.is_right:
        raise typer.Exit(REFUSED)


def _run(work: "Callable[[Orders], Awaitable[Any]]", archive: bool = False) -> Any:
    async def ordered(site: "Operating") -> Any:
        from infra.process.bulk import works_in_bulk
        from infra.versions.orders import Orders

        works_in_bulk()
        if not archive:
            return await work(Orders.of(site, load_settings(), _say))
        from infra.wiring.archive import over_archive

        async with over_archive(site) as whole:
            return await work(Orders.of(whole, load_settings(), _say))

    return run(ordered)


def _say(text: str) -> None:
    typer.echo(text, err=True)
