"""`photolog log as-of`: a read model as it was, or would have been, at a moment; folded from the log into a file."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.log_running import Archived, Personal, Who, Why, inquired, moment, on_the_log, tell
from infra.process.environment import load_settings

if TYPE_CHECKING:
    from infra.history.source import Source

Moment = Annotated[
    int,
    typer.Argument(
        parser=moment,
        metavar="TIME",
        help="UTC, as 2026-11-29T08:00:00Z; it counts as well. Of a day, its first moment. For now, a time to come.",
    ),
]
ReadModel = Annotated[str, typer.Option("--read-model", help="A declared table: posts, followers, likes …")]
File = Annotated[Path, typer.Option("--to", help="The Parquet file.", dir_okay=False)]


def as_of(
    at: Moment,
    read_model: ReadModel,
    to: File,
    archive: Archived = False,
    personal: Personal = False,
    who: Who = "",
    why: Why = "",
) -> None:
    """Write any declared table as of a moment; without --personal, its personal columns are left out."""
    inquiry = (who, why) if personal else None
    rows = on_the_log(lambda source: _written(source, at, read_model, to, inquiry), archive)
    typer.echo(f"{rows:,} rows of {read_model} in {to}")


async def _written(source: "Source", at: int, read_model: str, to: Path, inquiry: tuple[str, str] | None) -> int:
    from infra.history.as_of import AsOf, declared
    from infra.history.progress import said_now_and_then
    from processors.planning import keys_of

    declared(read_model)
    say = said_now_and_then(tell)
    if inquiry is None:
        return await AsOf(source, read_model, at).write(to, say)
    async with inquired(load_settings(), *inquiry, (read_model,)) as vault:
        return await AsOf(source, read_model, at, partial(keys_of, vault=vault)).write(to, say)
