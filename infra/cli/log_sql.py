"""`photolog log sql`: a query over the log or an export, answered by DuckDB; personal fields only for who says why."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.log_running import Archived, AsJson, Personal, Who, Why, inquired, on_the_log, tell
from infra.process.environment import load_settings

if TYPE_CHECKING:
    from infra.history.source import Source
    from infra.history.targets import Target

Query = Annotated[str, typer.Argument(metavar="QUERY", help="As DuckDB has it: `SELECT count(*) FROM post_liked`.")]
Over = Annotated[str, typer.Option("--over", help="An export, by its folder or s3://…, instead of the live log.")]
WIDEST = 60


def sql(
    query: Query,
    over: Over = "",
    archive: Archived = False,
    as_json: AsJson = False,
    personal: Personal = False,
    who: Who = "",
    why: Why = "",
) -> None:
    """Query the log: tables `events`, `unreadable`, `views`, and one of each event type. Personal fields are null."""
    show = _show_json if as_json else _show_text
    inquiry = (who, why) if personal else None
    on_the_log(lambda source: _answered(source, query, over, show, inquiry), archive)


async def _answered(source: "Source", query: str, over: str, show: Any, inquiry: tuple[str, str] | None) -> None:
    from infra.wiring.targets import opened_target

    if not over:
        await _answered_by(source, None, query, show, inquiry)
        return
    async with opened_target(load_settings(), over, writing=False) as target:
        await _answered_by(source, target, query, show, inquiry)


async def _answered_by(
    source: "Source", over: "Target | None", query: str, show: Any, inquiry: tuple[str, str] | None
) -> None:
    from infra.history.progress import said_now_and_then
    from infra.history.sql import Sql
    from infra.history.views import Views
    from infra.wiring.history import seen

    settings = load_settings()
    asking = Sql(source, await seen(settings), over, settings.export_bytes, said_now_and_then(tell))
    if inquiry is None:
        await asking.answer(query, show)
        return
    views = Views(None)
    tables = views.personal(views.asked(query))
    await asking.check()
    async with inquired(settings, *inquiry, tables) as vault:
        await asking.answer_in_clear(query, vault, show)


def _show_json(names: list[str], rows: Iterable[Sequence[Any]]) -> None:
    """An array of objects."""
    import orjson

    before = "["
    for row in rows:
        said = orjson.dumps(dict(zip(names, map(_plain, row), strict=True)), default=str)
        typer.echo(f"{before}{said.decode()}", nl=False)
        before = ",\n "
    typer.echo("]" if before != "[" else "[]")


def _show_text(names: list[str], rows: Iterable[Sequence[Any]]) -> None:
    """Columns side by side, each as wide as what is in it; what is longer than WIDEST is cut off."""
    shown = [names, *([_text(value) for value in row] for row in rows)]
    widths = [max(len(row[place]) for row in shown) for place in range(len(names))]
    for row in shown:
        typer.echo("  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip())


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def _text(value: Any) -> str:
    if value is None:
        return ""
    shown = str(value if not isinstance(value, date) else _plain(value))
    return shown if len(shown) <= WIDEST else f"{shown[: WIDEST - 1]}…"
