"""`photolog log sql`: the same answers over log, export, and archive plus log; personal fields for who is recorded."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from infra.local.site import PHOTOLOG
from tests.integration.history.commands import photolog_log
from tests.integration.history.story import ANN, EVE, Story
from tests.pace import patient

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")

QUERIES = [
    "SELECT type, schema_version, count(*) AS n FROM events GROUP BY ALL ORDER BY ALL",
    "SELECT author_id, caption, tags, location, published_at FROM post_published ORDER BY published_at, author_id",
    "SELECT * FROM comment_written ORDER BY position",
    "SELECT * FROM unreadable",
    "WITH mine AS (FROM post_liked) SELECT count(*) AS n FROM mine a JOIN mine b USING (post_id)",
    "SELECT * FROM account_erased_by_nobody",
    "SELECT median(p.published_at - c.at) AS m FROM post_upload_completed c JOIN post_published p USING (stream)",
    "SELECT count(*) AS n FROM post_rejected",
]


def answered(data: Path, *words: str | Path) -> Any:
    done = photolog_log(data, "sql", "--json", *words)
    return json.loads(done.stdout) if done.exit_code == 0 else done.output


@pytest.mark.parametrize("query", QUERIES)
def test_the_live_log_an_export_and_archive_plus_log_give_the_same_answer(
    told: Story, folder: Path, cut: Path, query: str
) -> None:
    live = answered(told.settings.data, query)
    assert live == answered(told.settings.data, query, "--over", folder)
    assert live == answered(cut, query, "--archive")
    assert live, "there is something to be found"
    assert isinstance(live, str) == ("nobody" in query)


def test_personal_fields_are_null(told: Story) -> None:
    rows = answered(told.settings.data, "SELECT caption, tags, renditions FROM post_published")
    assert len(rows) == 3
    assert all(row["caption"] is None and row["tags"] is None and row["renditions"] for row in rows)


@pytest.mark.parametrize("over", [False, True])
def test_who_says_why_reads_personal_fields_but_not_those_of_who_is_erased_and_is_recorded(
    told: Story, folder: Path, tmp_path: Path, over: bool
) -> None:
    data = shutil.copytree(told.settings.data, tmp_path / "data")
    query = "SELECT author_id, caption, tags FROM post_published ORDER BY published_at, author_id"
    over_it: list[str | Path] = ["--over", folder] if over else []
    words = [query, "--personal", "--who", "Ada", "--why", "a subject asked", *over_it]
    rows = answered(data, *words)
    assert [row["caption"] for row in rows if row["author_id"] == ANN] == ["By the sea", "Uphill"]
    assert [row["caption"] for row in rows if row["author_id"] == EVE] == [None]
    assert rows[0]["tags"] == ["foehn"]
    (inquiry,) = answered(data, "SELECT analyst, reason, tables, actor FROM inquiry_made")
    assert (inquiry["analyst"], inquiry["reason"], inquiry["tables"]) == ("Ada", "a subject asked", ["post_published"])
    assert inquiry["actor"].startswith("system:analyst:")


def test_an_older_version_reads_in_clear_as_today(told: Story, tmp_path: Path) -> None:
    data = shutil.copytree(told.settings.data, tmp_path / "data")
    query = "SELECT tags, caption_tags, schema_version FROM post_upload_completed"
    (row,) = answered(data, query, "--personal", "--who", "Ada", "--why", "to see")
    assert row == {"tags": ["foehn"], "caption_tags": ["alps"], "schema_version": 1}


@pytest.mark.parametrize("words", [[], ["--who", "Ada"], ["--who", " ", "--why", "x"]])
def test_nothing_personal_without_a_name_and_a_reason(told: Story, words: list[str]) -> None:
    done = photolog_log(told.settings.data, "sql", "SELECT caption FROM post_published", "--personal", *words)
    assert done.exit_code == 2
    assert "By the sea" not in done.output


def test_nothing_personal_without_the_sites_secret(told: Story, tmp_path: Path) -> None:
    data = shutil.copytree(told.settings.data, tmp_path / "data")
    (data / "secret").write_text("ab" * 32)
    query = ["sql", "SELECT caption FROM post_published", "--personal", "--who", "Ada", "--why", "curious"]
    done = photolog_log(data, *query)
    assert done.exit_code != 0
    assert "By the sea" not in done.output
    (data / "secret").unlink()
    assert photolog_log(data, *query).exit_code != 0
    assert not (data / "secret").exists()


def test_a_query_that_cannot_be_answered_ends_with_a_line_and_what_is_asked_is_shown_as_text(told: Story) -> None:
    done = photolog_log(told.settings.data, "sql", "SELECT nothing FROM")
    assert (done.exit_code, "parser" in done.output) == (1, True)
    assert photolog_log(told.settings.data, "sql", "DROP TABLE events").exit_code == 1
    shown = photolog_log(
        told.settings.data, "sql", "SELECT type, count(*) AS n FROM events GROUP BY 1 ORDER BY 1 LIMIT 1"
    )
    assert shown.output.split() == ["type", "n", "account.opened", "3"]


def test_an_export_of_another_log_is_not_opened_and_nobody_is_recorded(
    told: Story, folder: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(told.settings.data, tmp_path / "other")
    with closing(sqlite3.connect(other / "log.sqlite")) as log, log:
        log.execute("UPDATE log SET event_id = 'ev_00000000000' WHERE offset = 0")  # by its firsts a log is known
    words: list[str | Path] = [
        "SELECT caption FROM post_published",
        "--personal",
        "--who",
        "Ada",
        "--why",
        "a slip",
        "--over",
        folder,
    ]
    assert "is an export of another log" in answered(other, *words)
    assert answered(other, "SELECT * FROM inquiry_made") == []


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("SELECT at, followee_id FROM follow_started", 'say "at" or e.at'),
        ("COPY (SELECT 1) TO 'x.csv'", "only SELECT is answered"),
        ("SELECT * FROM followers", "as-of TIME --read-model followers"),
        ("SELECT * FROM follow.started", "follow_ended, follow_started"),
    ],
)
def test_a_query_that_cannot_be_answered_says_what_would_be(told: Story, query: str, hint: str) -> None:
    assert hint in answered(told.settings.data, query)


def test_over_no_export_even_a_query_without_tables_is_refused(told: Story, tmp_path: Path) -> None:
    assert "is no export" in answered(told.settings.data, "SELECT 1", "--over", tmp_path / "histroy")


def test_ctrl_c_ends_a_query_that_would_take_for_ever(told: Story) -> None:
    endless = "SELECT count(*) FROM range(3000000000) a, range(3000) b"
    environment = {**os.environ, "PHOTOLOG_DATA": str(told.settings.data)}
    with subprocess.Popen([PHOTOLOG, "log", "sql", endless], stderr=subprocess.PIPE, env=environment) as run:
        try:
            busy(run.pid)
            run.send_signal(signal.SIGINT)
            _, said = run.communicate(timeout=patient(30))
        finally:
            run.kill()  # it would be waited for, and takes for ever
    assert (run.returncode, said.decode().splitlines()[-1]) == (130, "Stopped.")


def busy(pid: int) -> None:
    """Waits until a thread of the process has worked for a second that is not its first: it answers the query."""
    deadline = time.monotonic() + patient(60)
    while time.monotonic() < deadline:
        threads = [task for task in Path(f"/proc/{pid}/task").glob("*/stat") if task.parent.name != str(pid)]
        worked = [int(task.read_text().rpartition(")")[2].split()[11]) for task in threads]
        if max(worked, default=0) > CLOCK_TICKS:
            return
        time.sleep(0.05)
    raise AssertionError("no query is being answered")
