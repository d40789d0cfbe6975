"""Text in bodies: normalisation, lengths in code points after NFC, tags and hashtags; times as clients read them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas import text
from schemas.text import TAG, fold_tag, fold_username, hashtags
from schemas.times import rfc3339

E_ACUTE = "e\u0301"
"""Two code points that NFC makes one."""


def accepted(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_python(value, strict=True)


def refused(kind: Any, value: object) -> bool:
    try:
        accepted(kind, value)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize(
    ("kind", "shortest", "longest"),
    [
        (text.Caption, 0, 2_200),
        (text.AltText, 0, 1_500),
        (text.CommentText, 1, 1_000),
        (text.Bio, 0, 150),
        (text.Password, 8, 128),
        (text.Filename, 1, 255),
    ],
)
def test_lengths_count_code_points_after_nfc(kind: Any, shortest: int, longest: int) -> None:
    assert accepted(kind, "🏔" * longest) == "🏔" * longest
    assert accepted(kind, E_ACUTE * longest) == "é" * longest
    assert refused(kind, "🏔" * (longest + 1))
    assert refused(kind, E_ACUTE * (longest + 1))
    assert accepted(kind, "x" * shortest) == "x" * shortest
    if shortest:
        assert refused(kind, "x" * (shortest - 1))
        assert refused(kind, E_ACUTE * (shortest - 1)), "twice as many code points before NFC"


@pytest.mark.parametrize("value", ["a\x00b", "\ud800", "a\udfffb", 7, None, b"x", ["x"]])
def test_text_that_is_no_text_is_refused(value: object) -> None:
    assert refused(text.Caption, value)


@pytest.mark.parametrize("name", ["ann", "Ann_99", "a.b", "...", "A" * 30, "007"])
def test_usernames_are_letters_digits_underscores_and_dots(name: str) -> None:
    assert accepted(text.Username, name) == name


@pytest.mark.parametrize("name", ["", "ab", "A" * 31, "änn", "a b", "a-b", "@ann", "ann\n", "аnn", "a\u0301bc", "١٢٣"])
def test_other_usernames_are_refused(name: str) -> None:
    assert refused(text.Username, name)


def test_usernames_are_compared_without_case() -> None:
    assert fold_username("Ann.B_9") == fold_username("ANN.b_9") == "ann.b_9"


@pytest.mark.parametrize("mail", ["a@b.c", "a.b+c@d-e.example", "ü@ü.example"])
def test_email_addresses_have_an_at_and_a_dot(mail: str) -> None:
    assert accepted(text.Email, mail) == mail


@pytest.mark.parametrize("mail", ["", "a", "a@b", "@b.c", "a@@b.c", "a b@c.d", "a@b.c\n", "a@" + "b" * 252 + ".c"])
def test_what_cannot_be_an_email_address_is_refused(mail: str) -> None:
    assert refused(text.Email, mail)


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("Alps", "alps"),
        ("#Alps", "alps"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("ＡＢＣ", "abc"),
        ("日本", "日本"),
    ],
)
def test_a_tag_is_stored_without_hash_nfkc_and_casefolded(said: str, stored: str) -> None:
    assert accepted(text.Tag, said) == stored


@pytest.mark.parametrize("tag", ["", "#", "##a", "a b", "a-b", "a" * 101, "ß" * 51, "🏔", "\ufdfa"])
def test_what_is_no_tag_is_refused(tag: str) -> None:
    assert refused(text.Tag, tag)


def test_a_tag_may_have_a_hundred_characters() -> None:
    assert accepted(text.Tag, "a" * 100) == "a" * 100


@pytest.mark.parametrize(
    ("caption", "found"),
    [
        ("", ()),
        ("no tags", ()),
        ("#One and #TWO.", ("one", "two")),
        ("(#in) #a,#b #c!", ("in", "a", "b", "c")),
        ("mail#not a#b", ()),
        ("## #", ()),
        ("#a_b #9 #日本語", ("a_b", "9", "日本語")),
        ("#" + "a" * 101, ()),
        ("#" + "ß" * 60, ()),
        ("#\ufdfa", ()),
    ],
)
def test_hashtags_of_a_caption_are_tags(caption: str, found: tuple[str, ...]) -> None:
    assert hashtags(caption) == found


@given(st.text(st.characters(codec="utf-8")).map(lambda said: f"#{said}"))
def test_a_hashtag_is_always_what_could_be_given_as_a_tag(caption: str) -> None:
    for tag in hashtags(caption):
        assert TAG.fullmatch(tag)
        assert fold_tag(tag) == tag, "folding twice is folding once"


@pytest.mark.parametrize(
    ("at", "read"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_800_000_000_007, "2027-01-15T08:00:00.007Z"),
        (951_782_400_999, "2000-02-29T00:00:00.999Z"),
    ],
)
def test_times_are_rfc_3339_with_three_decimals(at: int, read: str) -> None:
    assert rfc3339(at) == read
