"""`photolog moderation`: what was reported or found, and what moderators decide about it.

A verdict is an event, with who gave it and why; workers see to it that it is carried out.
"""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.operators import account_named, operator, run

if TYPE_CHECKING:
    from events.cases import Verdict
    from infra.wiring.operating import Operating
    from processors.moderation import Moderation

moderation = typer.Typer(help="What people report, and what is decided about it.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
About = Annotated[str, typer.Argument(help="The id of a post, a comment or an account, or a username.")]
Why = Annotated[str, typer.Option("--why", help="The reason, which is recorded, and which the account is told.")]


@moderation.command("list")
def list_(
    days: Annotated[int, typer.Option(min=1, max=3_650, help="How far back to look.")] = 30, as_json: AsJson = False
) -> None:
    """List what was reported or found, and about which nothing was decided since; the newest first."""
    found = [_timed(one) for one in run(lambda site: _moderation(site).open(days))]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for one in found:
        why = f"{', '.join(one['sources'])}: {', '.join(one['reasons'])}"
        typer.echo(f"{one['about_id']:28} {one['kind']:8} {one['entries']:4}  {one['said_at']}  {why}")


@moderation.command()
def show(about: About, as_json: AsJson = False) -> None:
    """Show what it is about, and all that was said of it."""

    async def shown(site: "Operating") -> Any:
        return await _moderation(site).shown(await _id_of(site, about))

    told = run(shown)
    told["said"] = [_timed(one) for one in told["said"]]
    if as_json:
        typer.echo(json.dumps(told, indent=2))
        return
    for name, value in told.items():
        if name != "said":
            typer.echo(f"{name:12} {value}")
    for one in told["said"]:
        typer.echo(f"{one['said_at']}  {one['said']:10} {one['who']:24} {one['reason']}  {one['text']}".rstrip())


@moderation.command()
def remove(about: About, why: Why, as_json: AsJson = False) -> None:
    """Let nobody see a post or a comment any more."""
    _decided(about, "remove", why, as_json)


@moderation.command()
def restore(about: About, why: Why, as_json: AsJson = False) -> None:
    """Bring a post or a comment back, as it was."""
    _decided(about, "restore", why, as_json)


@moderation.command()
def suspend(about: About, why: Why, as_json: AsJson = False) -> None:
    """Let an account neither write nor be seen."""
    _decided(about, "suspend", why, as_json)


@moderation.command()
def reinstate(about: About, why: Why, as_json: AsJson = False) -> None:
    """Let a suspended account write and be seen again."""
    _decided(about, "reinstate", why, as_json)


@moderation.command()
def dismiss(
    about: About,
    why: Annotated[str, typer.Option("--why", help="The reason, which is recorded; nobody is told.")],
    as_json: AsJson = False,
) -> None:
    """Leave it as it is, and take it from the list until it is reported again."""
    _decided(about, "dismiss", why, as_json)


def _decided(about: str, verdict: "Verdict", why: str, as_json: bool) -> None:
    async def decided(site: "Operating") -> Any:
        about_id = await _id_of(site, about)
        news = await _moderation(site).decide(operator(), about_id, verdict, why)
        return {"about_id": about_id, "verdict": verdict, "news": news}

    told = run(decided)
    said = f"{told['about_id']}: {verdict}{'' if told['news'] else ', as it stood already'}"
    typer.echo(json.dumps(told) if as_json else said)


async def _id_of(site: "Operating", about: str) -> str:
    """An id as it is, or the account of a username. Raises UnknownAccount."""
    from schemas.ids import is_of_content

    return about if is_of_content(about) else await account_named(site, about)


def _moderation(site: "Operating") -> "Moderation":
    from infra.process.clock import wall_clock
    from processors.moderation import Moderation

    return Moderation(site.handler, site.read.tables, wall_clock)


def _timed(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "said_at": datetime.fromtimestamp(row["said_at"] / 1_000, UTC).isoformat(timespec="milliseconds")}
