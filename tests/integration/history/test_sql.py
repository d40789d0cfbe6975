"""`photolog log sql`: the same answers over log, export, and archive plus log; personal fields for who is recorded."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.integration.history.commands import photolog_log
from tests.integration.history.story import ANN, EVE, Story

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
