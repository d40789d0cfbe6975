"""An export is opened by what analysts have, in a process that knows nothing of Photolog: DuckDB, pandas, polars."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.history.story import ANN, BEN, EVE

TOOLS = {
    "duckdb": """
import duckdb
found = duckdb.sql(f"FROM '{folder}/post_liked/**/*.parquet' ORDER BY event_id")
likes = [dict(zip(found.columns, row)) for row in found.fetchall()]
(events,) = duckdb.sql(f"SELECT count(*), count(DISTINCT event_id) FROM '{folder}/events/**/*.parquet'").fetchall()
post = {"renditions": duckdb.sql(f"SELECT renditions FROM '{folder}/post_published/**/*.parquet'").fetchall()[0][0]}
""",
    "pandas": """
import pandas
likes = pandas.read_parquet(f"{folder}/post_liked").sort_values("event_id").to_dict("records")
found = pandas.read_parquet(f"{folder}/events")
events = len(found), found["event_id"].nunique()
post = {"renditions": list(pandas.read_parquet(f"{folder}/post_published")["renditions"][0])}
""",
    "polars": """
import polars
likes = polars.read_parquet(f"{folder}/post_liked").sort("event_id").to_dicts()
found = polars.scan_parquet(f"{folder}/events/**/*.parquet").select("event_id").collect()
events = len(found), found["event_id"].n_unique()
post = polars.read_parquet(f"{folder}/post_published").to_dicts()[0]
""",
}
TELL = """
import json, sys
ours = [name for name in sys.modules if name.partition(".")[0] in ("infra", "events", "schemas", "commands")]
likes = [[one["event_id"], one["account_id"], one["at"].timestamp(), str(one["day"])[:10]] for one in likes]
print(json.dumps([ours, likes, list(events), [one["width"] for one in post["renditions"]]]))
"""


def told_by(tool: str, folder: Path) -> Any:
    program = f"folder = {str(folder)!r}\n{TOOLS[tool]}{TELL}"
    ran = subprocess.run([sys.executable, "-I", "-c", program], cwd=folder, capture_output=True, check=False, text=True)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.parametrize("tool", TOOLS)
def test_it_opens_the_export_as_it_is(folder: Path, tool: str) -> None:
    ours, likes, (events, ids), widths = told_by(tool, folder)
    assert not ours
    assert {account for _, account, _, _ in likes} == {ANN, BEN, EVE}
    assert [day for *_, day in likes].count("2027-01-17") == 3
    assert len(likes) == 4
    assert events == ids > 20
    assert widths[0] == 150
