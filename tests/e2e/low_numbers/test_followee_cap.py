"""The caps on followees and on bells, on a server where they are three and two: one more is refused, whom one follows
stays, room comes back."""

import httpx
import pytest

from tests.e2e.low_numbers.sites import BELLS, CAP
from tests.e2e.people import Person, assert_problem


def followees(person: Person) -> set[str]:
    return {user["user_id"] for user in person.get(f"/users/{person.id}/following").json()["users"]}


@pytest.mark.timeout(300)
def test_one_account_more_than_the_cap_is_refused_until_another_is_unfollowed(http: httpx.Client) -> None:
    fan, *stars = (Person.signed_up(http, name) for name in ("fan", "star1", "star2", "star3", "star4"))
    ids = [star.id for star in stars]
    for one in ids[:CAP]:
        assert fan.post(f"/follow/{one}").status_code == 200
        assert one in followees(fan), "waits until the count has it"

    for _ in range(2):  # not kept under its key either
        problem = assert_problem(fan.post(f"/follow/{ids[CAP]}", Idempotency_Key="again"), 422, "too_many_follows")
        assert problem["limit"] == CAP
        assert f"at most {CAP} " in problem["detail"]
    assert_problem(fan.post("/follows", {"user_id": ids[CAP]}), 422, "too_many_follows")
    assert [error["field"] for error in problem["errors"]] == ["user_id"]
    assert fan.post(f"/follow/{ids[0]}").json() == {"user_id": ids[0], "following": True}, "no news at the cap"
    assert_problem(fan.post(f"/follow/{fan.id}"), 422, "cannot_follow_self")
    assert followees(fan) == set(ids[:CAP])
    assert stars[0].post(f"/follow/{ids[CAP]}").status_code == 200, "others have a cap of their own"

    for one in ids[:BELLS]:
        assert fan.post(f"/bells/{one}").status_code == 200
    assert len(fan.get("/bells").json()["users"]) == BELLS, "waits until the count has them"
    assert assert_problem(fan.post(f"/bells/{ids[BELLS]}"), 422, "too_many_bells")["limit"] == BELLS
    assert fan.post(f"/bells/{ids[0]}").status_code == 200, "no news at the cap"

    assert fan.delete(f"/follow/{ids[0]}").status_code == 200
    assert followees(fan) == set(ids[1:CAP])
    assert fan.post(f"/follow/{ids[CAP]}", Idempotency_Key="again").status_code == 200
    assert followees(fan) == set(ids[1:])
    assert_problem(fan.post(f"/follow/{ids[0]}"), 422, "too_many_follows")
    assert fan.post(f"/bells/{ids[BELLS]}").status_code == 200, "the unfollow has made room"
