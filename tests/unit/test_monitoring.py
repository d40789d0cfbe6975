"""Alert rules and the dashboard name no metric that there is not, and promtool agrees with what is said of budgets."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from infra.monitoring import ALERT_TESTS, ALERTS, AUTOSCALING, DASHBOARD, FOLDER
from infra.process.metrics import BY_NAME
from infra.wiring.partitions import DEFAULTS
from processors.durations import BOUNDS, Durations
from projections.feed import PROJECTION
from tests.stack import not_here

OTHERS = {"process_resident_memory_bytes"}
SUFFIXES = {"counter": {"_total"}, "gauge": {""}, "histogram": {"_bucket", "_count", "_sum"}}
SHOWN = {name + suffix: name for name, metric in BY_NAME.items() for suffix in SUFFIXES[metric.kind]}
"""Names as Prometheus has them, and the catalogue's."""


def rules() -> list[dict[str, str]]:
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(DASHBOARD.read_text())["panels"]
    return found


def scaled() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(AUTOSCALING.read_text())["spec"]
    return found


def expressions() -> Iterator[str]:
    yield from (trigger["metadata"]["query"] for trigger in scaled()["triggers"])
    yield from (rule["expr"] for rule in rules())
    for panel in panels():
        yield from (target["expr"] for target in panel["targets"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_every_metric_of_an_expression_is_shown_with_the_labels_that_it_is_asked_by(expression: str) -> None:
    named = re.findall(r"\b((?:photolog|process)_\w+)(?:\{([^}]*)\})?", expression)
    assert named or "up{" in expression
    for name, chosen in named:
        if name in OTHERS:
            continue
        metric = BY_NAME[SHOWN[name]]
        asked = set(re.findall(r"(\w+)=~?\"", chosen))
        assert asked <= {*metric.labels, "instance", "job"}


def test_a_metric_that_there_is_not_would_be_found() -> None:
    assert "photolog_lag_second" not in SHOWN
    assert "photolog_commands" not in SHOWN, "a counter is shown with _total"


@pytest.mark.parametrize("budget", ["N1", "N2", "N3", "N4", "N5"])
def test_every_budget_has_an_alert(budget: str) -> None:
    assert [rule for rule in rules() if f"'budget': '{budget}'" in str(rule)]


def test_a_lag_above_a_minute_is_told() -> None:
    (rule,) = [rule for rule in rules() if rule["alert"] == "ReadModelLags"]
    assert rule["expr"] == "max by (subscriber) (photolog_lag_seconds) > 60"


def test_workers_of_every_version_of_the_feed_are_scaled_and_never_above_the_partitions() -> None:
    (trigger,) = scaled()["triggers"]
    assert f'subscriber=~"{PROJECTION.name}@.*"' in trigger["metadata"]["query"]
    assert scaled()["maxReplicaCount"] == DEFAULTS["cluster"]


def test_what_budgets_name_is_a_bound_of_histograms() -> None:
    assert {0.2, 5.0, 30.0} <= set(BOUNDS)


def test_panels_lie_beside_each_other() -> None:
    places = [panel["gridPos"] for panel in panels()]
    taken = [(one["x"] + dx, one["y"] + dy) for one in places for dx in range(one["w"]) for dy in range(one["h"])]  # type: ignore[index]
    assert len(set(taken)) == len(taken)
    assert max(x for x, _ in taken) < 24


def test_durations_are_counted_up_to_their_bounds() -> None:
    took = Durations()
    for seconds in (0.005, 0.15, 0.2, 61):
        took.add(seconds)
    found = dict(took.up_to)
    assert (found["0.005"], found["0.1"], found["0.2"], found["60.0"], found["+Inf"]) == (1, 1, 3, 3, 4)
    assert took.seconds == pytest.approx(61.355)


def test_durations_of_several_are_counted_together() -> None:
    took, others = Durations(), Durations()
    for seconds in (0.005, 61):
        took.add(seconds)
    others.add(0.15)
    both = Durations.of_all([took, others])
    assert [dict(both.up_to)[bound] for bound in ("0.005", "0.2", "+Inf")] == [1, 2, 3]
    assert both.seconds == pytest.approx(61.155)
    assert Durations.of_all([]) == Durations()


def test_promtool_takes_the_rules_and_their_tests_pass() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        not_here("promtool is missing; it comes with prometheus")
    for what, files in (("check", [ALERTS]), ("test", ALERT_TESTS)):
        named = [file.name for file in files]
        said = subprocess.run([promtool, what, "rules", *named], cwd=FOLDER, capture_output=True, text=True)
        assert said.returncode == 0, said.stdout + said.stderr
