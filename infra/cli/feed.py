"""`photolog feed`: why a post is in a feed or not, and whose posts are pulled by readers instead of being pushed."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.operators import REFUSED, account_named, operator, run
from schemas.ids import PostId

if TYPE_CHECKING:
    from infra.wiring.operating import Operating
    from processors.celebrities import CelebrityOrders

NEWEST = 10
feed = typer.Typer(help="Feeds.", no_args_is_help=True)
celebrity = typer.Typer(help="Accounts whose posts readers pull: too many follow them.", no_args_is_help=True)
feed.add_typer(celebrity, name="celebrity")
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Account = Annotated[str, typer.Argument(help="An account's id, or its username.")]


@feed.command()
def inspect(
    account: Account,
    post: Annotated[str | None, typer.Argument(help="A post; without one, the stored feed and its newest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say why a post is in an account's feed, or is not; status 1 if it is missing there."""

    async def inspected(site: "Operating") -> Any:
        from infra.cli.feed_facts import FeedFacts
        from query_api.feed_verdicts import judged

        account_id, facts = await account_named(site, account), await FeedFacts.of(site)
        told: dict[str, Any] = {"account_id": account_id} if post else await facts.stored(account_id, NEWEST)
        found: list[PostId] = [PostId(post)] if post else told.pop("newest")
        verdicts = [(one, judged(await facts.about(account_id, one))) for one in found]
        posts = [
            {"post_id": one, "answer": said.answer, "because": [reason._asdict() for reason in said.because]}
            for one, said in verdicts
        ]
        return {**told, "posts": posts}

    told = run(inspected)
    posts = told["posts"]
    if as_json:
        typer.echo(json.dumps(told, indent=2))
    else:
        for name, value in told.items():
            if name != "posts":
                typer.echo(f"{name:14} {', '.join(value) if isinstance(value, list) else value}")
        for one in posts:
            typer.echo(f"{one['post_id']:14} {one['answer']}")
            for reason in one["because"]:
                typer.echo(f"  {reason['code']:14} {reason['detail']}")
    if any(one["answer"] == "missing" for one in posts):
        raise typer.Exit(REFUSED)


@celebrity.command("list")
def list_(as_json: AsJson = False) -> None:
    """List who is a celebrity or was one, since when and until when."""

    async def all_of(site: "Operating") -> Any:
        return [_told(dict(row)) for row in await _orders(site).all()]

    found = run(all_of)
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for one in found:
        for span in one["spans"]:
            typer.echo(f"{one['account_id']}  {span['since']}  {_end(span)}")


@celebrity.command()
def clear(
    account: Account,
    why: Annotated[str, typer.Option("--why", help="The reason, which is recorded.")],
    again_at: Annotated[
        int | None,
        typer.Option(min=0, help="Followers that make it a celebrity once more; default: twice what it has now."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Push its posts into feeds again, and what it published meanwhile besides; workers do so within seconds."""

    async def cleared(site: "Operating") -> Any:
        account_id = await account_named(site, account)
        state = await _orders(site).clear(operator(), account_id, why, again_at)
        spans = [[span.since, span.until, span.settled] for span in state.spans]
        return _told({"account_id": account_id, "spans": spans, "again_at": state.again_at})

    told = run(cleared)
    if as_json:
        typer.echo(json.dumps(told))
        return
    typer.echo(f"{told['account_id']}: {_end(told['spans'][-1])}; a celebrity again at {told['again_at']} followers")


def _orders(site: "Operating") -> "CelebrityOrders":
    from infra.process.clock import wall_clock
    from processors.celebrities import CelebrityOrders

    return CelebrityOrders(site.handler, site.read.tables, wall_clock)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """A row as operators read it."""
    spans = [
        {"since": _time(since), "until": None if until is None else _time(until), "settled": settled}
        for since, until, settled in row["spans"]
    ]
    return {**{name: value for name, value in row.items() if name != "kind"}, "spans": spans}


def _end(span: dict[str, Any]) -> str:
    if span["until"] is None:
        return "goes on"
    return f"until {span['until']}{'' if span['settled'] else ', which readers do not go by yet'}"


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000, UTC).isoformat(timespec="milliseconds")
