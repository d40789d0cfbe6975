"""The screen of `photolog top`: a look as tables. Pure."""

from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from infra.top.looks import Look

LATE_S, VERY_LATE_S = 5.0, 60.0
"""From which lag on a line is shown as late: what counts may be, and what an alert says."""
SHOWN = 10


def screen(look: Look, place: str) -> RenderableType:
    """All of it. `place`: which site it is."""
    return Group(_head(look, place), _subscribers(look), *_slowest(look), *_letters(look))


def _head(look: Look, place: str) -> Panel:
    at = datetime.fromtimestamp(look.at / 1_000, UTC).strftime("%H:%M:%S UTC")
    canary = "…" if look.canary_s is None else f"{look.canary_s:.3f} s"
    said = Text.assemble(
        ("well", "bold green") if look.is_well else ("STALLED" if look.is_stalled else "UNSURE", "bold red"),
        f"   {look.events:,} events, {look.appended_per_second:,.1f}/s   command to query {canary}",
        (f"   {look.trouble}", "bold red") if look.trouble else "",
    )
    return Panel(said, title=f"photolog top · {place}", subtitle=at, title_align="left", subtitle_align="right")


def _subscribers(look: Look) -> Table:
    table = Table(expand=True, box=None, header_style="bold")
    for name in ("READ MODEL", "LIVE"):
        table.add_column(name)
    for name in ("DUE", "BEHIND", "EVENTS/S", "HELD"):
        table.add_column(name, justify="right")
    table.add_column("STALLED")
    for one in look.lines:
        behind = f"{one.lag_seconds:.1f} s" if one.lag_events else "-"
        numbers = (f"{one.lag_events:,}", behind, f"{one.per_second:,.1f}", str(one.held_streams or "-"))
        table.add_row(
            one.id, "yes" if one.live else "", *numbers, one.stalled, style=_style(one.lag_seconds, one.stalled)
        )
    return table


def _slowest(look: Look) -> list[RenderableType]:
    if not look.slowest:
        return []
    table = Table(expand=True, box=None, header_style="bold", title="Slowest partitions", title_justify="left")
    for name in ("READ MODEL", "PARTITION"):
        table.add_column(name)
    for name in ("DUE", "BEHIND"):
        table.add_column(name, justify="right")
    for one in look.slowest:
        behind = f"{one.lag_seconds:.1f} s"
        table.add_row(one.subscriber, one.partition, f"{one.lag_events:,}", behind, style=_style(one.lag_seconds, ""))
    return [table]


def _letters(look: Look) -> list[RenderableType]:
    if not look.letters:
        return []
    more = f" and {len(look.letters) - SHOWN} more" if len(look.letters) > SHOWN else ""
    named = ", ".join(look.letters[:SHOWN])
    return [Text(f"Dead letters that streams wait behind: {named}{more}; see `photolog dlq list`", style="yellow")]


def _style(lag_s: float, stalled: str) -> str:
    if stalled or lag_s > VERY_LATE_S:
        return "bold red"
    return "yellow" if lag_s > LATE_S else ""
