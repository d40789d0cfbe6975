"""One thing is changed only so often: by each account, and each thing for itself."""

import time

from infra.process.settings import Settings
from tests.e2e.conftest import MakePerson
from tests.e2e.people import Person, assert_problem

LIMIT = Settings().edits_per_hour


def test_who_changes_one_thing_too_often_is_told_when_to_go_on(people: MakePerson, ben: Person) -> None:
    busy = people("busy")
    began = time.time()
    for number in range(LIMIT):
        assert busy.ask("PATCH", "/me", json={"bio": f"bio {number}"}).status_code == 200
    refused = busy.ask("PATCH", "/me", {"Idempotency-Key": "later"}, json={"bio": "one more"})
    assert_problem(refused, 429, "rate_limited")
    assert 0 < int(refused.headers["Retry-After"]) <= 3_600
    assert refused.headers["X-RateLimit-Limit"] == str(LIMIT)
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert began < int(refused.headers["X-RateLimit-Reset"]) <= time.time() + 3_601
    assert busy.get("/me").json()["bio"] == f"bio {LIMIT - 1}"
    assert busy.post(f"/follow/{ben.id}").status_code == 200, "another thing"
    assert ben.ask("PATCH", "/me", json={"bio": "another's"}).status_code == 200
