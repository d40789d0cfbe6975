"""Reports: of one thing that is there, by anybody with an account, also across a block."""

import httpx
import pytest

from tests.e2e.people import Person, assert_problem


def test_a_post_a_comment_and_an_account_can_be_reported_also_across_a_block(ann: Person, ben: Person) -> None:
    post = ann.publish()
    comment = ann.post(f"/posts/{post}/comments", {"text": "x"}).json()["comment_id"]
    ann.post(f"/blocks/{ben.id}")
    ben.after(ann)
    ids = set()
    for target in ({"post_id": post}, {"comment_id": comment}, {"user_id": ann.id}):
        answer = ben.post("/reports", {**target, "reason": "hate", "text": "Look at this"})
        assert answer.status_code == 202, answer.text
        assert answer.headers["Log-Position"]
        ids.add(answer.json()["report_id"])
    assert len(ids) == 3
    again = [ben.post("/reports", {"post_id": post, "reason": "spam"}, Idempotency_Key="one") for _ in range(2)]
    assert again[0].json() == again[1].json()


def test_what_is_not_there_cannot_be_reported(ann: Person) -> None:
    for target in ({"post_id": "po_00000000000"}, {"comment_id": f"co_{22 * '0'}"}, {"user_id": "ac_00000000000"}):
        assert_problem(ann.post("/reports", {**target, "reason": "other"}), 404, "not_found")
    post = ann.publish()
    ann.delete(f"/posts/{post}")
    assert_problem(ann.post("/reports", {"post_id": post, "reason": "other"}), 410, "gone")


@pytest.mark.parametrize(
    "body",
    [
        {"reason": "spam"},
        {"user_id": "ac_00000000000"},
        {"user_id": "ac_00000000000", "reason": "boring"},
        {"user_id": "ac_00000000000", "post_id": "po_00000000000", "reason": "spam"},
        {"user_id": "ac_00000000000", "reason": "spam", "text": "x" * 1_001},
        {"user_id": "nonsense", "reason": "spam"},
    ],
)
def test_a_report_names_one_thing_and_why(ann: Person, body: dict[str, str]) -> None:
    assert_problem(ann.post("/reports", body), 422, "validation_failed")


def test_reporting_needs_a_token(http: httpx.Client) -> None:
    assert_problem(http.post("/reports", json={}), 401, "token_invalid")
