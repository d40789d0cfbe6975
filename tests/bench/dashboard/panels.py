"""Draws the panels of infra/monitoring/dashboard.json where they lie, each from what Prometheus answers to its queries.

Stands in for Grafana, which is under the AGPL and not to be had here.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from infra.monitoring import DASHBOARD

COLUMNS, COLUMN_INCHES, ROW_INCHES = 24, 0.75, 0.42
TITLE_ROWS, BORDER, MARGIN = 2, 0.9, 0.55
"""Of the whole, and around each panel, in rows and columns."""
LEGEND = 7
"""Of more series than this the largest are named."""

Panel = Mapping[str, Any]


@dataclass(frozen=True)
class Span:
    """From when to when, in seconds since 1970."""

    begin: float
    end: float
    step: float = 5.0


@dataclass(frozen=True)
class Series:
    """One line, named as the panel's legend has it."""

    name: str
    times: Sequence[float]
    values: Sequence[float]


async def drawn(http: httpx.AsyncClient, span: Span, caption: str) -> Figure:
    """The whole dashboard; `http`: Prometheus."""
    panels: list[Panel] = json.loads(DASHBOARD.read_text())["panels"]
    rows = max(one["gridPos"]["y"] + one["gridPos"]["h"] for one in panels) + TITLE_ROWS
    figure = Figure(figsize=(COLUMNS * COLUMN_INCHES, rows * ROW_INCHES), dpi=100)
    figure.text(0.01, 1 - 1 / rows, caption, va="center", fontsize=11)
    for panel in panels:
        place, series = panel["gridPos"], await _series(http, panel, span)
        left, top = (place["x"] + MARGIN * 1.6) / COLUMNS, 1 - (place["y"] + TITLE_ROWS + BORDER) / rows
        width, height = (place["w"] - 2.2 * MARGIN) / COLUMNS, (place["h"] - 2 * BORDER) / rows
        axes = figure.add_axes((left, top - height, width, height))
        axes.set_title(panel["title"], fontsize=9, loc="left")
        said = UNITS[panel["fieldConfig"]["defaults"]["unit"]]
        (_stat if panel["type"] == "stat" else _lines)(axes, series, said, span)
    return figure


async def _series(http: httpx.AsyncClient, panel: Panel, span: Span) -> list[Series]:
    found = []
    for target in panel["targets"]:
        asked = {"query": target["expr"], "start": span.begin, "end": span.end, "step": span.step}
        answer = (await http.get("/api/v1/query_range", params=asked)).json()
        assert answer["status"] == "success", answer
        for one in answer["data"]["result"]:
            name = _legend(target["legendFormat"], one["metric"])
            points = [(float(at), float(value)) for at, value in one["values"] if value != "NaN"]
            if points:
                found.append(Series(name, *zip(*points, strict=True)))
    return found


def _legend(text: str, labels: Mapping[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda label: labels.get(label[1], ""), text)


def _stat(axes: Axes, series: Sequence[Series], said: Callable[[float], str], _span: Span) -> None:
    axes.set_axis_off()
    largest = max((one.values[-1] for one in series), default=None)
    text = "no data" if largest is None else said(largest)
    axes.text(0.5, 0.5, text, ha="center", va="center", fontsize=24, transform=axes.transAxes)


def _lines(axes: Axes, series: Sequence[Series], said: Callable[[float], str], span: Span) -> None:
    by_size = sorted(series, key=lambda one: max(one.values), reverse=True)
    for place, one in enumerate(by_size):
        axes.plot(
            [(at - span.begin) / 60 for at in one.times],
            one.values,
            linewidth=1,
            label=one.name if place < LEGEND else "_",
        )
    if not series:
        axes.text(0.5, 0.5, "no data", ha="center", va="center", fontsize=9, transform=axes.transAxes)
    else:
        axes.legend(fontsize=6, loc="upper left", framealpha=0.6)
    axes.set_xlim(0, (span.end - span.begin) / 60)
    axes.set_ylim(0, 1.1 * max((value for one in series for value in one.values), default=0) or 1)
    axes.set_xlabel("minutes", fontsize=6, labelpad=0)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: said(value)))
    axes.tick_params(labelsize=6)
    axes.grid(alpha=0.3)


UNITS: Mapping[str, Callable[[float], str]] = {
    "s": lambda value: f"{value:.3g} s",
    "bytes": lambda value: f"{value / 2**20:.3g} MiB",
    "percentunit": lambda value: f"{value:.0%}",
    "short": lambda value: f"{value:,.4g}",
    "ops": lambda value: f"{value:.3g}/s",
    "reqps": lambda value: f"{value:.3g}/s",
}
