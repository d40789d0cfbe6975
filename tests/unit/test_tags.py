"""Tags: whole words of every script, folded once and then checked, in bodies and in captions by one rule."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas.tags import MAX_HASHTAGS, Tag, fold_tag, hashtags, is_tag

WORDS = [
    ("Alps", "alps"),
    ("STRASSE", "strasse"),
    ("Straße", "strasse"),
    ("ＡＢＣ", "abc"),
    ("日本", "日本"),
    ("हिन्दी", "हिन्दी"),
    ("தமிழ்", "தமிழ்"),
    ("ไทย", "ไทย"),
    ("한국", "한국"),
    ("İstanbul", "i\u0307stanbul"),
    ("می\u200cخواهم", "می\u200cخواهم"),
    ("क्\u200dष", "क्\u200dष"),
    ("e\u0301te\u0301", "été"),
    ("a_b", "a_b"),
    ("a＿b", "a_b"),
    ("2026", "2026"),
    ("२०२६", "२०२६"),
    ("a" * 100, "a" * 100),
]
NO_WORDS = [
    "",
    "a b",
    "a-b",
    "a" * 101,
    "ß" * 51,
    "🏔",
    "\ufdfa",
    "\u0301a",
    "\u200da",
    "a\u200d",
    "½",
    "a.b",
    "\u3164",
]


def tag(said: str) -> str:
    return TypeAdapter(Tag).validate_python(said, strict=True)


@pytest.mark.parametrize(("said", "stored"), WORDS, ids=ascii)
def test_a_tag_is_a_whole_word_of_any_script_folded(said: str, stored: str) -> None:
    assert tag(said) == stored
    for sign in "#＃﹟":
        assert tag(sign + said) == stored
        assert hashtags(f"{sign}{said}, said") == (stored,)


@pytest.mark.parametrize("said", [*NO_WORDS, "#", "##a"], ids=ascii)
def test_what_is_no_word_is_no_tag(said: str) -> None:
    with pytest.raises(ValidationError):
        tag(said)


@pytest.mark.parametrize(
    ("caption", "found"),
    [
        ("", ()),
        ("no tags", ()),
        ("#One and #TWO.", ("one", "two")),
        ("(#in) #a,#b #c!", ("in", "a", "b", "c")),
        ("mail#not a#b C# ##c", ()),
        ("## #", ()),
        ("#a_b #9 #日本語", ("a_b", "9", "日本語")),
        ("#" + "a" * 101, ()),
        ("#" + "ß" * 60, ()),
        ("#\ufdfa", ()),
        ("#a\u200d b", ("a",)),
        ("❤\ufe0f#love 🏔#alps", ("love", "alps")),
        ("#\ufe0f\u20e3 is a key", ()),
        ("#Photolog™ #a/#b", ("photolog", "a", "b")),
        ("夏＃夏 ＃夏", ("夏",)),
    ],
    ids=ascii,
)
def test_hashtags_of_a_caption_are_tags(caption: str, found: tuple[str, ...]) -> None:
    assert hashtags(caption) == found


@pytest.mark.parametrize(
    "caption",
    [
        "https://example.org/a/#part",
        "HTTP://example.org/#part",
        "(see https://example.org/?q=,#part)",
        "www.example.org/#part",
        "example.org:8080/a/#part",
        "photolog://x/#part",
        "it&#x27;s",
        "it&#39;s",
        "&#8217",
        "it&amp;#x27;s",
        "&#X1F3D4;",
    ],
)
def test_nothing_within_a_url_or_an_entity_is_a_hashtag(caption: str) -> None:
    assert hashtags(caption) == ()
    assert hashtags(f"#a {caption} #b") == ("a", "b")


def test_a_url_ends_where_writing_without_blanks_goes_on() -> None:
    assert hashtags("https://example.org/a。#夏、＃海") == ("夏", "海")


def test_an_ampersand_is_no_entity() -> None:
    assert hashtags("R&#Dee") == ("dee",)


def test_the_first_thirty_different_hashtags_of_a_caption_count() -> None:
    words = [f"tag{number}" for number in range(300)]
    assert hashtags(" ".join(f"#{word}" for word in words)) == tuple(words[:MAX_HASHTAGS])
    assert hashtags("#a " * 200 + "#b") == ("a", "b")


@given(st.text(st.characters(codec="utf-8")).map(lambda said: f"#{said}"))
def test_a_hashtag_is_always_what_could_be_given_as_a_tag(caption: str) -> None:
    for found in hashtags(caption):
        assert is_tag(found)
        assert fold_tag(found) == tag(found) == found, "folding twice is folding once"


@given(st.text(st.characters(categories=["L", "M", "N"], include_characters="_\u200c\u200d"), min_size=1, max_size=20))
def test_a_caption_and_a_body_agree_on_what_a_tag_is(word: str) -> None:
    try:
        in_body: tuple[str, ...] = (tag(word),)
    except ValidationError:
        in_body = ()
    assert hashtags(f"#{word}") in (in_body, ()) or word.rstrip("\u200c\u200d") != word


@pytest.mark.parametrize("piece", ["a", "#a ", "a.", "a-", "&amp;", "http:", "a://", "#", "夏#", "\u0301", "_\u200d"])
def test_no_caption_takes_long(piece: str) -> None:
    begun = time.process_time()
    hashtags((piece * 2_200)[:2_200])
    assert time.process_time() - begun < 0.5
