"""Two readers of the body of POST /views: the quick one never takes what the other would not, or as something else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import TypeAdapter, ValidationError

from schemas.views import LONGEST_MS, MOST_VIEWS, PLAIN_VIEWS, Views

VIEWS = TypeAdapter[Any](Views)
VIEW = {"post_id": "po_00000000000", "surface": "feed", "rank": 0, "dwell_ms": 1_200}
LITTLE_WRONG: dict[str, list[Any]] = {
    "post_id": ["po_0000000000", "po_00000000000\n", "ac_00000000000", "po_0000000000é", None, 1],
    "surface": ["", "Feed", "feed\n", "f" * 33, "a b", "é", None],
    "rank": [-1, 1_000_001, 1.0, 1.5, True, "1", None, 2**70, float("inf"), float("nan")],
    "dwell_ms": [-1, LONGEST_MS + 1, 2.0, False, "2", [], {}],
    "unknown": ["\x00", "\ud800", [[[]]], float("nan")],
}


def taken(reader: TypeAdapter[Any], body: str) -> Any:
    """What a reader makes of a body; None where it refuses it."""
    try:
        if reader is PLAIN_VIEWS:
            return reader.validate_json(body.encode())
        return [view.model_dump() for view in reader.validate_python(json.loads(body))]
    except (ValidationError, ValueError):
        return None


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field in LITTLE_WRONG for value in LITTLE_WRONG[field]]
)
@pytest.mark.parametrize("escaped", [True, False])
def test_what_is_a_little_wrong_is_refused_or_read_alike(field: str, value: Any, escaped: bool) -> None:
    try:
        body = json.dumps([VIEW, {**VIEW, field: value}], ensure_ascii=escaped)
        body.encode()
    except UnicodeEncodeError:
        return  # cannot be sent
    assert taken(PLAIN_VIEWS, body) in (None, taken(VIEWS, body))


FIELDS = {name: some.sampled_from([right, *LITTLE_WRONG[name]]) for name, right in VIEW.items()}
ANY_VIEW = some.one_of(some.just(VIEW), some.fixed_dictionaries({}, optional=FIELDS), some.none(), some.just([]))


@given(some.one_of(some.lists(ANY_VIEW, max_size=4), ANY_VIEW))
def test_whatever_the_quick_reader_takes_the_other_takes_as_the_same(said: Any) -> None:
    body = json.dumps(said)
    assert taken(PLAIN_VIEWS, body) in (None, taken(VIEWS, body))


@pytest.mark.parametrize("count", [0, 1, MOST_VIEWS, MOST_VIEWS + 1])
def test_both_take_as_many(count: int) -> None:
    body = json.dumps([VIEW] * count)
    assert taken(PLAIN_VIEWS, body) == taken(VIEWS, body)
    assert (taken(VIEWS, body) is not None) == (1 <= count <= MOST_VIEWS)


@pytest.mark.parametrize("body", ["", "[", "[1]", "{}", "null", '[{"post_id": 1}]', "[NaN]", "\ufeff[]"])
def test_what_is_no_list_of_views_is_for_the_other_to_judge(body: str) -> None:
    assert taken(PLAIN_VIEWS, body) is None


def test_of_what_is_said_twice_the_last_counts() -> None:
    body = json.dumps([VIEW]).replace('"rank": 0', '"rank": 0, "rank": 7')
    assert taken(PLAIN_VIEWS, body) == taken(VIEWS, body) == [{**VIEW, "rank": 7}]
