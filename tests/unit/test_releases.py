"""States are written and read without loss, and what folds them is not changed without another release."""

import ast
import dataclasses
import hashlib
import inspect
import textwrap
from dataclasses import make_dataclass, replace
from types import FunctionType
from typing import Any

import pytest

from commands.account_state import AvatarUpload
from commands.accounts import ACCOUNT, Account
from commands.aggregate import Aggregate
from commands.all import AGGREGATES
from commands.blocks import Block
from commands.cases import Case
from commands.comments import Comment
from commands.dead_letters import DeadLetter
from commands.devices import Device
from commands.follows import Follow
from commands.inquiries import Inquiry
from commands.notifications import Reading
from commands.post_state import Description, Post
from commands.releases import read, release_of, shapes, written
from commands.reports import Report
from events.celebrities import Celebrity, Span
from events.dead_letters import Letter
from events.envelope import EVENT_TYPES
from events.posts import Coordinates, InParts, Picture, Rendition
from events.topics import stream_kind
from schemas.ids import AccountId, SessionId
from tests.unit.sample_files import AVATAR, avatar
from tests.unit.samples import AVATAR_UPLOAD, LETTER

RELEASED = {
    ("account", 1): "abd830ee20c37d49",
    ("account", 2): "800bb596555e45e0",
    ("account", 3): "181ce8af772ad159",
    ("block", 1): "2053e730811c1a59",
    ("case", 1): "40aa651458d2c57a",
    ("celebrity", 1): "b189c56aad2f087a",
    ("comment", 1): "330a7f4d398ae02b",
    ("comment", 2): "f33b2885c28eb049",
    ("dead_letter", 1): "2b0ffd68a5563649",
    ("device", 1): "d4dc2aa37a505a01",
    ("follow", 1): "7eb1b86cfe8e1f13",
    ("follow", 2): "9c89f7d13561ec51",
    ("inquiry", 1): "363e37a565b26538",
    ("notification", 1): "f3d4533d91d18873",
    ("post", 1): "1fd7bb0f5d47723c",
    ("post", 2): "e890cf17b0355efa",
    ("post", 3): "ff36dfadafdaf79c",
    ("post", 4): "064bc884f46746ff",
    ("post", 5): "f6852fd2d2086a13",
    ("post", 6): "8c5e71f3e18d9387",
    ("post", 7): "c7d8a648a0bb958a",
    ("report", 1): "3f7d654c3b80ec39",
    ("username", 1): "0610257bc5933ec1",
}
"""What folded the states of each release. A line is added and never changed: a changed `evolve` is another release."""

ANN = AccountId("ac_00000000001")
RENDITION = Rendition(
    name="feed", path="m/po/feed-1.jpg", content_type="image/jpeg", width=640, height=480, size_bytes=9
)
PICTURE = Picture(published_at=1_700_000_000_000, renditions=(RENDITION,), width=1080, height=810, blurhash="LKO2")
PENDING = Post(ANN, "pending", Description(), "image/jpeg", 7, None, "uploads/po", draft=False)
SAID = Description("#sky", ("a",), ("sky",), "blue", Coordinates(lat=0.0, lon=-1.5))
UPLOADING = AvatarUpload(AVATAR, "processing", "image/jpeg", 7, None, AVATAR_UPLOAD, attempt=2)
STATES: list[tuple[str, Any]] = [
    ("account", Account(ANN, "ann", "ann@example.org", "Ånn", "ëvidently", 1_700_000_000_000, 3)),
    ("account", Account(ANN, "ann", "ann@example.org", "Ånn", "", 1_700_000_000_000, 3, avatar(), UPLOADING)),
    ("username", ANN),
    ("follow", Follow(following=True, bell=True)),
    ("block", Block(blocked=True)),
    (
        "celebrity",
        Celebrity(account_id=ANN, spans=(Span(since=1, until=2, settled=True), Span(since=3)), followers=9, again_at=4),
    ),
    ("comment", Comment(ANN, 1_700_000_000_000, "Wow", deleted=True)),
    ("dead_letter", DeadLetter(Letter(**LETTER, wire=None), "held")),
    ("inquiry", Inquiry("ann")),
    ("report", Report(ANN)),
    ("device", Device(ANN, SessionId("se_00000000001"), "fcm", "a token")),
    ("device", Device(None, SessionId(""), "apns", "")),
    ("notification", Reading("no_00000000001")),
    ("case", Case("remove", ("list 7",))),
    ("post", PENDING),
    ("post", replace(PENDING, status="published", attempt=2, checksum_sha256="abc", picture=PICTURE)),
    ("post", replace(PENDING, description=SAID)),
    ("post", replace(PENDING, in_parts=InParts(upload_id="c0ffee", part_bytes=5_242_880))),
]


@pytest.mark.parametrize(("kind", "state"), STATES)
def test_a_state_is_read_as_it_was_written(kind: str, state: Any) -> None:
    again = read(AGGREGATES[kind], written(AGGREGATES[kind], state))
    assert again == state
    assert type(again) is type(state)


@pytest.mark.parametrize("kind", sorted({kind for kind, _ in STATES}))
def test_no_state_is_read_from_anything_else(kind: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        read(AGGREGATES[kind], {"something": "else"})


def test_every_aggregate_with_streams_says_what_its_state_is() -> None:
    assert {kind for kind, aggregate in AGGREGATES.items() if aggregate.state} == {kind for kind, _ in STATES}


def test_a_state_of_another_shape_is_another_release() -> None:
    fields = [(field.name, field.type) for field in dataclasses.fields(Account)]
    grown = make_dataclass("Account", [*fields, ("age", int)])
    assert release_of(replace(ACCOUNT, state=grown)) != release_of(ACCOUNT)
    assert release_of(replace(ACCOUNT, release=ACCOUNT.release + 1)) != release_of(ACCOUNT)


def test_the_shape_of_a_state_is_that_of_everything_in_it() -> None:
    assert set(shapes(Post)) == {"Post", "Description", "Picture", "Rendition", "Coordinates", "InParts"}
    assert "blurhash" in shapes(Post)["Picture"]


def test_events_of_one_kind_of_stream_have_one_subject_whose_key_seals_its_snapshots() -> None:
    subjects: dict[str, set[str]] = {}
    for name, event_type in EVENT_TYPES.items():
        subjects.setdefault(stream_kind(name), set()).add(event_type.subject_field)
    assert all(len(fields) == 1 for fields in subjects.values())


@pytest.mark.parametrize("kind", sorted({kind for kind, _ in STATES}))
def test_what_folds_a_state_is_not_changed_without_another_release(kind: str) -> None:
    aggregate = AGGREGATES[kind]
    now = digest_of(aggregate)
    assert RELEASED.get((kind, aggregate.release)) == now, (
        f"what folds {kind} is not what it was: raise the aggregate's `release`, and add a line "
        f"with {now!r} here, so that no snapshot of earlier releases is used"
    )


def digest_of(aggregate: Aggregate[Any]) -> str:
    """Of the code of `evolve`, of what it calls and of what it makes, as far as it is the write side's own."""
    left, seen = [aggregate.evolve], dict[str, str]()
    while left:
        one = left.pop()
        if one.__qualname__ in seen:
            continue
        tree = ast.parse(textwrap.dedent(inspect.getsource(one)))
        seen[one.__qualname__] = ast.unparse(_without_docstrings(tree))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        known = vars(inspect.getmodule(one))
        left += [known[name] for name in names if _is_ours(known.get(name))]
    return hashlib.sha256("\n".join(seen[name] for name in sorted(seen)).encode()).hexdigest()[:16]


def _is_ours(one: Any) -> bool:
    return isinstance(one, FunctionType | type) and one.__module__.startswith("commands.")


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [one for one in body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]  # type: ignore[attr-defined]
    return tree
