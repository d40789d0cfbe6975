"""The embedded store's files of keys, and the signatures of its URLs: pure."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from infra.directory.keys import pointer_path, prefix_folder
from infra.directory.signing import SignedRequest, check, sign
from infra.http.refusals import SignatureDoesNotMatch
from schemas.objects import check_key

ROOT = Path("/store")
SEGMENTS = st.one_of(
    st.text("aAbB._-", min_size=1, max_size=3),
    st.builds(
        lambda long, rest: long + rest, st.sampled_from(["x" * 99, "x" * 100, "X" * 200]), st.text("aA.", max_size=3)
    ),
).filter(lambda segment: segment not in {".", ".."})
KEYS = st.lists(SEGMENTS, min_size=1, max_size=3).map("/".join).filter(lambda key: len(key) <= 512)
RIVALS = KEYS.flatmap(
    lambda key: st.tuples(
        st.just(key),
        KEYS | st.sampled_from([key.lower(), key.swapcase(), key.replace("/", "", 1), f"{key[:100]}/{key[100:]}"]),
    )
)
"""Two keys, many of them alike."""
REQUEST = SignedRequest("PUT", "uploads/po_1", "image/jpeg", 10, "sum", 1_790_000_000)


def is_key(key: str) -> bool:
    try:
        check_key(key)
    except ValueError:
        return False
    return True


@given(RIVALS)
def test_no_two_keys_share_a_file_even_where_case_does_not_count(rivals: tuple[str, str]) -> None:
    one, other = rivals
    assume(is_key(other))
    same = str(pointer_path(ROOT, one)).casefold() == str(pointer_path(ROOT, other)).casefold()
    assert same == (one == other)


@given(RIVALS)
def test_no_file_of_a_key_lies_inside_another_or_outside_the_store(rivals: tuple[str, str]) -> None:
    one, other = rivals
    assume(is_key(other))
    path = pointer_path(ROOT, one)
    assert ".." not in path.parts
    assert path.is_relative_to(ROOT)
    assert path not in pointer_path(ROOT, other).parents
    assert max(map(len, path.parts)) <= 255


@given(KEYS, st.integers(min_value=0, max_value=512))
def test_the_folder_of_a_prefix_holds_every_key_that_starts_with_it(key: str, length: int) -> None:
    assert pointer_path(ROOT, key).is_relative_to(prefix_folder(ROOT, key[:length]))


@pytest.mark.parametrize(
    "change",
    [
        {"method": "GET"},
        {"key": "uploads/po_2"},
        {"content_type": "image/png"},
        {"size_bytes": 11},
        {"checksum_sha256": ""},
        {"expires_s": 1_790_000_001},
    ],
)
def test_a_signature_covers_every_part_of_a_request(change: dict[str, Any]) -> None:
    signature = sign(b"secret", REQUEST)
    check([b"secret"], REQUEST, signature, now=0)
    with pytest.raises(SignatureDoesNotMatch):
        check([b"secret"], replace(REQUEST, **change), signature, now=0)


def test_what_is_signed_cannot_move_from_one_field_to_the_next() -> None:
    one = replace(REQUEST, key="a\nb", content_type="c")
    other = replace(REQUEST, key="a", content_type="b\nc")
    assert sign(b"secret", one) != sign(b"secret", other)
