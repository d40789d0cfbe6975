"""How texts and questions become words: who asks for part of what is there finds it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.words import Term, asked_of_names, asked_of_text, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Crème brûlée, à la carte", ["creme", "brulee", "a", "la", "carte"]),
        ("STRASSE straße Łódź Århus smørrebrød", ["strasse", "lodz", "arhus", "smorrebrod"]),
        ("İstanbul ISTANBUL ｔｏｋｙｏ", ["istanbul", "tokyo"]),
        ("हिन्दी में किताब", ["हिन्दी", "में", "किताब"]),
        ("سَلَام", ["سلام"]),
        ("東京夏", ["東京", "京夏", "夏"]),
        ("한국 Seoul", ["한국", "국", "seoul"]),
        ("low_tide #fjord it's 5.30", ["low", "tide", "fjord", "it", "s", "5", "30"]),
        ("♥ ... \u200d", []),
    ],
)
def test_words_are_folded_and_each_is_there_once(text: str, words: list[str]) -> None:
    assert list(words_of(text, text)) == words


@given(st.text(st.characters(codec="ascii")))
def test_plain_letters_are_no_case_of_their_own(text: str) -> None:
    assert words_of(text) == words_of(f"{text} ♥")


@pytest.mark.parametrize("part", ["東", "夏", "東京", "京夏", "東京夏"])
def test_any_part_of_a_text_without_blanks_is_asked_for_by_words_that_it_has(part: str) -> None:
    words = words_of("ある東京夏の日")
    for term in asked_of_text(part):
        assert any(word.startswith(term.text) if term.begins else word == term.text for word in words)


def test_a_tag_is_asked_for_as_one_and_a_word_as_one() -> None:
    assert asked_of_text("Low #Fjord low") == (Term("low"), Term("#fjord"))
    assert asked_of_text("# !") == ()


def test_names_are_asked_for_by_how_they_begin() -> None:
    assert asked_of_names("José ma") == (Term("jose", True), Term("ma", True))
    assert asked_of_names(" @Ann_M.") == (Term("@ann_m.", True),)
    assert asked_of_names('@"ann') == (Term("ann", True),)
