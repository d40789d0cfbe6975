"""Devices: put by whoever is logged in there, and taken away by them alone."""

import time
from collections.abc import Callable

import httpx
import pytest

from tests.e2e.people import POLL_S, Person, assert_problem, fields
from tests.pace import patient
from tests.push.gateways import Gateways
from tests.push.said import Asked

APNS = {"platform": "apns"}
PUSHED_WITHIN_S = 30.0


def put(person: Person, token: str, platform: str = "apns") -> httpx.Response:
    return person.ask("PUT", f"/devices/{token}", json={"platform": platform})


def delete(person: Person, token: str, platform: str = "apns") -> httpx.Response:
    return person.ask("DELETE", f"/devices/{token}", json={"platform": platform})


def test_a_token_belongs_to_the_last_account_that_put_it(ann: Person, ben: Person) -> None:
    token = f"f0a1{ann.id[3:]}"
    for answer in (put(ann, token), put(ann, token)):
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["Log-Position"]
    assert put(ben, token).status_code == 204
    assert_problem(delete(ann, token), 403, "not_yours")
    assert delete(ben, token).status_code == 204
    assert delete(ben, token).status_code == 204
    assert put(ann, token).status_code == 204


def test_what_the_list_tells_is_pushed_to_the_phones_of_whom_it_concerns(
    ann: Person, ben: Person, eve: Person, phones: Gateways
) -> None:
    apns, fcm, gone, bens = f"f0a1{ann.id[3:]}", f"cK9:APA91b_{ann.id}", f"f0a2{ann.id[3:]}", f"f0a1{ben.id[3:]}"
    browser = phones.web.subscribe(ann.id)
    put_by_ann = ((apns, "apns"), (fcm, "fcm"), (browser, "webpush"), (gone, "apns"))
    for token, platform in put_by_ann:
        assert put(ann, token, platform).status_code == 204
    assert put(ben, bens).status_code == 204
    assert delete(ann, gone).status_code == 204

    def told_of() -> list[list[str]]:
        return [phones.apns.told(apns), phones.fcm.told(fcm), phones.webpush.told(browser)]

    for number, follower in enumerate((ben.after(ann), eve.after(ben)), 1):
        follower.post(f"/follow/{ann.id}")
        until(lambda: {len(told) for told in told_of()} == {number})  # noqa: B023
    assert told_of() == [phones.apns.told(apns)] * 3
    assert [one.body["actor"] for one in phones.webpush.acknowledged if one.token == browser] == [
        ben.username,
        eve.username,
    ]
    assert [names_in(one) for one in phones.apns.acknowledged if one.token == apns] == [[ben.username], [eve.username]]
    assert phones.apns.told(gone) == phones.apns.told(bens) == []


def test_a_new_post_is_pushed_to_whoever_has_a_bell_on_its_author(ann: Person, ben: Person, phones: Gateways) -> None:
    token = f"f0a3{ben.id[3:]}"
    assert put(ben, token).status_code == 204
    ben.after(ann).post(f"/follow/{ann.id}")
    ben.post(f"/bells/{ann.id}")
    post = ann.after(ben).publish()
    until(lambda: bool(phones.apns.told(token)))
    (pushed,) = [one.body for one in phones.apns.acknowledged if one.token == token]
    (listed,) = ben.after(ann).get("/notifications").json()["notifications"]
    told = {name: pushed[name] for name in ("kind", "notification_id", "post_id")}
    assert told == {name: listed[name] for name in told} == {**told, "kind": "post", "post_id": post}


def names_in(pushed: Asked) -> list[str]:
    """Who it was, as Apple's phones are told."""
    alert = pushed.body["aps"]["alert"]
    assert alert["loc-key"] == "push.follow"
    return list(alert["loc-args"])


def until(true: Callable[[], bool]) -> None:
    """No position says when a gateway is asked."""
    deadline = time.monotonic() + patient(PUSHED_WITHIN_S)
    while not true():
        assert time.monotonic() < deadline
        time.sleep(POLL_S)


def test_a_device_that_nobody_put_is_not_there(ann: Person) -> None:
    assert_problem(delete(ann, "f0a1" * 16), 404, "not_found")
    token = f"cK9:APA91b_{ann.id}"
    assert put(ann, token, "fcm").status_code == 204
    assert_problem(delete(ann, token, "apns"), 404, "not_found")
    assert delete(ann, token, "fcm").status_code == 204


@pytest.mark.parametrize("platform", ["", "sms", None])
def test_a_platform_is_one_of_three(ann: Person, platform: str | None) -> None:
    answer = ann.ask("PUT", "/devices/f0a1f0a1", json={"platform": platform})
    assert fields(assert_problem(answer, 422, "validation_failed")) == ["platform"]


def test_what_no_gateway_gives_out_is_no_token(ann: Person) -> None:
    for token in ("short", "x" * 1_025, "with%20blank"):
        assert_problem(put(ann, token), 404, "not_found")


def test_a_browser_is_put_with_all_of_its_subscription(ann: Person, phones: Gateways) -> None:
    """A phone's token, or a piece of one, is refused at once: nothing could ever be pushed there."""
    whole = phones.web.subscribe(f"whole{ann.id}")
    for token in (f"f0a1{ann.id[3:]}", whole[:-8]):
        assert fields(assert_problem(put(ann, token, "webpush"), 422, "validation_failed")) == ["token"]
        assert_problem(delete(ann, token, "webpush"), 404, "not_found")
    assert put(ann, whole, "webpush").status_code == 204
    assert delete(ann, whole, "webpush").status_code == 204


def test_a_device_needs_a_token_of_ours(http: httpx.Client) -> None:
    assert_problem(http.put("/devices/f0a1f0a1", json={}), 401, "token_invalid")
    assert_problem(http.request("DELETE", "/devices/f0a1f0a1", json={}), 401, "token_invalid")


def test_the_same_key_and_body_are_one_request(ann: Person) -> None:
    key = {"Idempotency-Key": "put"}
    answers = [ann.ask("PUT", f"/devices/f0a1{ann.id}", json=APNS, headers=key) for _ in range(2)]
    assert answers[0].headers["Log-Position"] == answers[1].headers["Log-Position"]
    assert_problem(
        ann.ask("PUT", f"/devices/f0a1{ann.id}", json={"platform": "fcm"}, headers=key), 422, "idempotency_key_reused"
    )
