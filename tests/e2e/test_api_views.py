"""Views: said in batches, kept under a pseudonym, and not of who does not want that."""

import sqlite3
from contextlib import closing
from typing import Any

import httpx
import orjson
import pytest

from tests.e2e.people import Person, assert_problem, fields
from tests.processes import ServerProcess

VIEW = {"post_id": "po_00000000000", "surface": "feed", "rank": 0, "dwell_ms": 1_200}


def test_up_to_a_hundred_views_are_taken_at_once(ann: Person) -> None:
    for count in (1, 100):
        answer = ann.post("/views", [VIEW] * count)
        assert (answer.status_code, answer.content) == (202, b"")
        assert answer.headers["Log-Position"] == ann.position
        assert answer.headers["X-RateLimit-Remaining"]
    for body in ([], [VIEW] * 101, VIEW):
        assert_problem(ann.post("/views", body), 422, "validation_failed")


@pytest.mark.parametrize(
    ("field", "value"), [("post_id", "nonsense"), ("surface", "a b"), ("rank", -1), ("dwell_ms", 86_400_001)]
)
def test_a_view_says_what_where_and_for_how_long(ann: Person, field: str, value: Any) -> None:
    problem = assert_problem(ann.post("/views", [VIEW, {**VIEW, field: value}]), 422, "validation_failed")
    assert fields(problem) == [f"1.{field}"]


def test_views_need_a_token(http: httpx.Client) -> None:
    assert_problem(http.post("/views", json=[VIEW]), 401, "token_invalid")


@pytest.mark.parametrize("backend", ["embedded"], indirect=True, scope="module")
def test_views_are_kept_under_a_pseudonym_and_not_of_who_opts_out(
    backend: str, ann: Person, ben: Person, shared_embedded: ServerProcess
) -> None:
    before = len(kept(shared_embedded))
    for person, rank in ((ann, 1), (ben, 2), (ann, 3)):
        assert person.post("/views", [{**VIEW, "rank": rank}]).status_code == 202
    for header in ("DNT", "Sec-GPC"):
        assert ann.post("/views", [VIEW], **{header.replace("-", "_"): "1"}).status_code == 202
    found = kept(shared_embedded)[before:]
    assert [one["views"][0]["rank"] for one in found] == [1, 2, 3]
    viewers = [one["viewer"] for one in found]
    assert viewers[0] == viewers[2] != viewers[1]
    said = orjson.dumps(found).decode()
    assert not any(word in said for word in (ann.id, ben.id, ann.username))


def kept(server: ServerProcess) -> list[dict[str, Any]]:
    """What analysts find."""
    with closing(sqlite3.connect(f"file:{server.data / 'viewed.sqlite'}?mode=ro", uri=True)) as file:
        return [orjson.loads(content) for (content,) in file.execute("SELECT content FROM viewed ORDER BY number")]
