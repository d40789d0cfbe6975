"""What is wanted of the log, and what was met before."""

import random

import pytest

from events.replay import FirstTimes, Selection, named
from schemas.ids import ALPHABET, ID_DIGITS


def issued(number: int) -> str:
    """An id as it is issued."""
    digits = ""
    for _ in range(ID_DIGITS):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return f"ev_{digits}"


@pytest.mark.parametrize("expected", [0, 100, 50_000])
def test_an_id_is_new_once_however_many_there_are_and_whatever_it_looks_like(expected: int) -> None:
    draw = random.Random(5)
    near = 1_900_000_000_000 << 22
    numbers = [
        draw.choice([draw.getrandbits(63), near + draw.randrange(1 << 14), draw.randrange(9)]) for _ in range(30_000)
    ]
    ids = [*(issued(number) for number in [*numbers, 0, 2**63 - 1, 0]), "", "ev_1", "ev_1", "at_photolog.posts_1_2"]
    firsts, known = FirstTimes(expected), set[str]()
    while ids:
        some = draw.randrange(1, 999)
        page, ids = ids[:some], ids[some:]
        said = firsts.among(page)
        for one, first in zip(page, said, strict=True):
            assert first == (one not in known)
            known.add(one)


@pytest.mark.parametrize(
    ("types", "taken"),
    [((), True), (("post.published",), True), (("post.published.v1",), False), (("post", "post.published.v2"), True)],
)
def test_a_type_is_named_with_its_version_or_for_all_of_them(types: tuple[str, ...], taken: bool) -> None:
    assert (not types or named("post.published.v2", types)) == taken


def test_times_are_from_the_first_to_before_the_last_and_of_one_subject() -> None:
    selection = Selection(subjects=("ac_1",), since=10, until=20)
    for at, taken in [(9, False), (10, True), (19, True), (20, False), (None, False)]:
        assert selection.takes({"at": at, "subject": "ac_1"}) == taken
        assert not selection.takes({"at": at, "subject": "ac_2"})
