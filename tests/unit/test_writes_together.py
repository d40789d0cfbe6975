"""Which writes go out as one request: those that the same servers keep, as many as servers take without complaint."""

from dataclasses import dataclass
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from infra.cql.together import BYTES, MOST, groups


@dataclass(frozen=True)
class Bound:
    """As much of the driver's statement as is looked at."""

    values: tuple[bytes | None, ...]
    servers: str = "a"


def grouped(*writes: Bound) -> list[list[Bound]]:
    return cast(Any, groups)(writes, lambda write: write.servers)  # type: ignore[no-any-return]


def test_writes_that_the_same_servers_keep_go_out_together() -> None:
    here, there = [Bound((b"x",), "a")] * 3, [Bound((b"x",), "b")] * 2
    assert grouped(here[0], there[0], here[1], there[1], here[2]) == [here, there]


def test_a_request_has_no_more_than_servers_take_without_complaint() -> None:
    assert [len(group) for group in grouped(*[Bound((b"x", None))] * 25)] == [MOST, MOST, 5]
    assert [len(group) for group in grouped(*[Bound((b"x" * (BYTES // 3),))] * 4)] == [3, 1]


def test_a_write_that_is_larger_than_a_request_should_be_is_alone() -> None:
    small, large = Bound((b"x",)), Bound((b"x" * (BYTES + 1),))
    assert grouped(small, large, small) == [[small], [large], [small]]


@given(st.lists(st.builds(Bound, st.tuples(st.binary(max_size=3_000)), st.sampled_from("abc")), max_size=60))
def test_every_write_goes_out_once(writes: list[Bound]) -> None:
    found = grouped(*writes)
    assert sorted(map(repr, writes)) == sorted(repr(write) for group in found for write in group)
    assert all(len({write.servers for write in group}) == 1 for group in found)
