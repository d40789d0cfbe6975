"""A row goes to a CQL server as the driver itself would send it."""

from typing import Any

import pytest
from cassandra.cqltypes import BooleanType, BytesType, ListType, LongType, UTF8Type
from cassandra.protocol import ColumnMetadata
from cassandra.query import PreparedStatement
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.cql.binding import Binding

COLUMNS = [UTF8Type, LongType, BooleanType, BytesType, ListType.apply_parameters([UTF8Type])]
PREPARED = PreparedStatement(
    column_metadata=[ColumnMetadata("site", "things", f"c{place}", kind) for place, kind in enumerate(COLUMNS)],
    query_id=b"1",
    routing_key_indexes=[0, 1],
    query="INSERT",
    keyspace="site",
    protocol_version=4,
    result_metadata=None,
    result_metadata_id=None,
)
TEXT = st.text(st.characters(codec="utf-8"))
ROWS = st.tuples(
    TEXT,
    st.integers(-(2**63), 2**63 - 1),
    st.none() | st.booleans(),
    st.none() | st.binary(),
    st.none() | st.lists(TEXT),
)


@settings(max_examples=25)
@given(ROWS)
def test_values_travel_as_the_driver_has_them(row: tuple[Any, ...]) -> None:
    ours, theirs = Binding(PREPARED)(row), PREPARED.bind(row)
    assert ours.values == theirs.values
    assert ours.routing_key == theirs.routing_key
    assert (ours.keyspace, ours.table, str(ours)) == (theirs.keyspace, theirs.table, str(theirs))


def test_two_rows_of_one_statement_have_nothing_in_common() -> None:
    binding = Binding(PREPARED)
    first, second = binding(("a", 1, None, None, None)), binding(("b", 2, None, None, None))
    assert (first.routing_key, second.routing_key) != (second.routing_key, second.routing_key)
    assert first.values[0] == b"a"


@pytest.mark.parametrize("row", [(1, 1, True), ("a", "1", True), ("a", 2**63, True)])
def test_what_a_column_does_not_hold_is_refused(row: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError):
        Binding(PREPARED)((*row, None, None))


def test_every_column_has_a_value() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Binding(PREPARED)(("a", 1))
