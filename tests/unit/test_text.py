"""Text in bodies: normalisation, lengths in code points after NFC, what shows; times as clients read them."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas import text
from schemas.accounts import EmailConfirmation, SignUp
from schemas.bodies import Body
from schemas.follows import NewFollow
from schemas.posts import Location, PostReservation
from schemas.text import USERNAME, fold_username, nfc, shows, well_formed
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


@pytest.mark.parametrize("value", [7, None, b"x", ["x"]])
def test_what_is_no_text_is_refused(value: object) -> None:
    assert refused(text.Caption, value)


@pytest.mark.parametrize("bad", ["a\x00b", "\ud800", "a\udfffb"])
@pytest.mark.parametrize(
    ("body", "field", "rest"),
    [
        (NewFollow, "user_id", {}),
        (EmailConfirmation, "token", {}),
        (PostReservation, "content_type", {"filename": "a.jpg", "size_bytes": 1}),
        (PostReservation, "caption", {"filename": "a.jpg", "size_bytes": 1, "content_type": "image/jpeg"}),
        (SignUp, "password", {"username": "ann", "email": "a@example.org"}),
    ],
)
def test_no_field_of_any_body_takes_text_that_no_store_keeps(
    body: type[Body], field: str, rest: dict[str, object], bad: str
) -> None:
    assert not well_formed(bad)
    padded = bad if field != "password" else bad + "x" * 8
    with pytest.raises(ValidationError, match=f"{field}\n.*valid Unicode"):
        body(**rest, **{field: padded})


def test_a_list_of_texts_is_looked_through() -> None:
    with pytest.raises(ValidationError, match="valid Unicode"):
        PostReservation(filename="a.jpg", size_bytes=1, content_type="image/jpeg", tags=["ok", "\ud83d"])


@pytest.mark.parametrize("name", ["ann", "Ann_99", "a.b", "...", "A" * 30, "007"])
def test_usernames_are_letters_digits_underscores_and_dots(name: str) -> None:
    assert accepted(text.Username, name) == name


@pytest.mark.parametrize("name", ["", "ab", "A" * 31, "änn", "a b", "a-b", "@ann", "ann\n", "аnn", "a\u0301bc", "١٢٣"])
def test_other_usernames_are_refused(name: str) -> None:
    assert refused(text.Username, name)


def test_usernames_are_compared_without_case() -> None:
    assert fold_username("Ann.B_9") == fold_username("ANN.b_9") == "ann.b_9"


def test_no_letter_outside_of_ascii_becomes_a_letter_of_a_username() -> None:
    kelvin, long_s = "\u212aelly", "\u017fam"
    for name in (kelvin, long_s):
        assert not USERNAME.fullmatch(name)
        assert fold_username(name) == name
    everything = "".join(map(chr, range(0x80, 0x110000)))
    assert fold_username(everything) == everything


@pytest.mark.parametrize("mail", ["a@b.co", "a.b+c@d-e.example.org", "ü@ü.org", "o'brien@example.org"])
def test_email_addresses_are_what_mail_can_be_sent_to(mail: str) -> None:
    assert accepted(text.Email, mail) == mail


def test_the_domain_of_an_address_is_kept_in_lower_case() -> None:
    assert accepted(text.Email, "Ann@Example.ORG") == "Ann@example.org"


@pytest.mark.parametrize(
    "mail",
    [
        *("", "a", "a@b", "@b.co", "a@@b.co", "a b@c.de", "a@b.co\n", "a@" + "b" * 252 + ".co"),
        *("me.@example.org", ".me@example.org", "a..b@example.org", "a@-b.org", "a@b_c.org", "a@b..org", "a@1.2.3.4"),
        *("Ann <ann@example.org>", "ann@example.org ", '"a b"@example.org', "a@[127.0.0.1]", "a@localhost"),
        *("a@exa\u200bmple.org", "a,b@example.org", "a@b.org, c@d.org"),
    ],
)
def test_what_cannot_be_an_email_address_is_refused(mail: str) -> None:
    assert refused(text.Email, mail)


def test_an_address_that_is_refused_is_not_repeated() -> None:
    with pytest.raises(ValidationError) as refusal:
        SignUp(username="ann", password="x" * 8, email="secret.@example.org")
    assert "secret" not in str(refusal.value.errors(include_input=False, include_context=False))


NOTHING = [
    " ", "\t\n", "\u00a0\u3000", "\u200b\u200c\u200d", "\u2060\ufeff", "\u3164", "\uffa0\u115f\u1160", "\u2800 \u2800",
    "\ufe0f", "\U000e0100", "\u180b\u180e", "\u202e", "\u00ad", "\u034f", "\u17b4", "\U000e0041\U000e007f",
    "\U0001d159", "\x07",
]  # fmt: skip
SOMETHING = [".", "a", "🏔", "\u200b.", "❤\ufe0f", "\u0301", "\u0600", "\ue000", "\U0001fadf", "👨\u200d👩\u200d👧"]


@pytest.mark.parametrize("blank", NOTHING, ids=ascii)
@pytest.mark.parametrize("kind", [text.CommentText, text.DisplayName])
def test_text_that_shows_nothing_is_refused_where_it_is_to_be_seen(kind: Any, blank: str) -> None:
    assert not shows(blank)
    assert refused(kind, blank)
    assert accepted(text.Caption, blank) == nfc(blank)


@pytest.mark.parametrize("seen", SOMETHING, ids=ascii)
@pytest.mark.parametrize("kind", [text.CommentText, text.DisplayName])
def test_text_of_which_a_reader_sees_anything_is_taken(kind: Any, seen: str) -> None:
    assert accepted(kind, seen) == nfc(seen)


@pytest.mark.parametrize(
    ("given", "kept"), [(-0.0001, "0.0"), (-0.0, "0.0"), (-0.0005, "-0.001"), (0.0004, "0.0"), (12.34567, "12.346")]
)
def test_places_are_rounded_and_zero_has_no_sign(given: float, kept: str) -> None:
    place = Location(lat=given, lon=given)
    assert (str(place.lat), str(place.lon)) == (kept, kept)


@pytest.mark.parametrize("said", ["image/jpeg", "IMAGE/JPEG", "image/jpg", "Image/JPG", "image/pjpeg"])
def test_a_jpeg_is_one_however_its_type_is_written(said: str) -> None:
    assert PostReservation(filename="a.jpg", size_bytes=1, content_type=said).content_type == "image/jpeg"


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
