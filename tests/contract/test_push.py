"""The contract of the PushGateway port, against gateways that speak what Apple's, Google's and browsers' do."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.process.settings import Settings, SettingsInvalid
from infra.push import pauses
from infra.push.chosen import chosen_gateways
from processors.push_ports import Push, PushGateway, Refused, Unregistered
from schemas.devices import Platform
from schemas.errors import Unavailable
from schemas.ids import EventId
from tests.push import apns, fcm
from tests.push.gateways import Gateways, gateways
from tests.push.said import Gateway, Reply, fine
from tests.push.web import CONTACT

TOKEN, OTHER = "f0a1" * 16, "cK9:APA91b_x-y"
AT = 1_900_000_000_000
PUSH = Push(EventId("ev_0000000000V"), "no_0000000000V", "like", "ann", "po_0000000000P", AT)
GONE = {
    "apns": apns.refusal(410, "Unregistered"),
    "fcm": fcm.refusal(404, "NOT_FOUND", "UNREGISTERED"),
    "webpush": Reply(410),
}
FOR_GOOD = {
    "apns": [apns.refusal(400, "BadDeviceToken"), apns.refusal(413, "PayloadTooLarge")],
    "fcm": [fcm.refusal(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"), fcm.refusal(403, "X", "SENDER_ID_MISMATCH")],
    "webpush": [Reply(403), Reply(413)],
}
MAY_PASS = {
    "apns": [apns.refusal(429, "TooManyRequests"), apns.refusal(500, "InternalServerError"), Reply(502, "a page")],
    "fcm": [fcm.refusal(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), fcm.refusal(503, "UNAVAILABLE"), Reply(502, [1])],
    "webpush": [Reply(429), Reply(503), Reply(502, "a page")],
}
WAIT = {
    "apns": apns.refusal(503, "ServiceUnavailable", retry_after="3600"),
    "fcm": fcm.refusal(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", retry_after="3600"),
    "webpush": Reply(429, retry_after="3600"),
}
NOT_OURS = {"apns": apns.refusal(403, "ExpiredProviderToken"), "fcm": fcm.refusal(401, "X"), "webpush": Reply(401)}


@dataclass(frozen=True)
class Place:
    """An adapter, and what it reaches."""

    platform: Platform
    gateway: PushGateway
    there: Gateway
    token: Callable[[str], str]
    """A device's, by the name that phones have for it."""


@pytest.fixture(scope="module")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateways]:
    with gateways(tmp_path_factory.mktemp("gateways")) as opened:
        yield opened


@pytest.fixture
def settings(phones: Gateways, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in phones.environment.items():
        monkeypatch.setenv(name, value)
    return Settings()


@pytest.fixture(params=["apns", "fcm", "webpush"])
def place(request: pytest.FixtureRequest, phones: Gateways, settings: Settings) -> Place:
    """Each adapter, with nothing asked yet."""
    there: Gateway = getattr(phones, request.param)
    there.answers = fine
    there.asked.clear()
    there.acknowledged.clear()
    subscribe = phones.web.subscribe if request.param == "webpush" else str
    return Place(request.param, chosen_gateways(settings)[request.param], there, subscribe)


async def test_a_push_arrives_with_its_event_and_what_it_is_about(place: Place) -> None:
    await place.gateway.push(place.token(TOKEN), PUSH)
    (asked,) = place.there.acknowledged
    assert (asked.token, asked.event_id) == (place.token(TOKEN), PUSH.event_id)
    told = asked.body["data"] if place.platform == "fcm" else asked.body
    assert PUSH.told.items() <= told.items()
    assert "ann" in str(asked.body)


async def test_many_at_once_all_arrive(place: Place) -> None:
    tokens = [place.token(f"{TOKEN}{number}") for number in range(50)]
    await asyncio.gather(*(place.gateway.push(token, PUSH) for token in tokens))
    assert sorted(one.token for one in place.there.acknowledged) == sorted(tokens)


async def test_a_device_that_is_no_more_is_said_to_be_unregistered(place: Place) -> None:
    place.there.answers = lambda _asked: GONE[place.platform]
    with pytest.raises(Unregistered):
        await place.gateway.push(place.token(TOKEN), PUSH)


@pytest.mark.parametrize("number", [0, 1])
async def test_what_will_never_be_taken_is_refused_for_good(place: Place, number: int) -> None:
    place.there.answers = lambda _asked: FOR_GOOD[place.platform][number]
    with pytest.raises(Refused) as refused:
        await place.gateway.push(place.token(TOKEN), PUSH)
    assert place.token(TOKEN) not in str(refused.value)


@pytest.mark.parametrize("number", [0, 1, 2])
async def test_what_may_pass_is_unavailable_and_arrives_when_it_is_said_again(place: Place, number: int) -> None:
    place.there.answers = lambda _asked: MAY_PASS[place.platform][number]
    with pytest.raises(Unavailable):
        await place.gateway.push(place.token(TOKEN), PUSH)
    place.there.answers = fine
    await place.gateway.push(place.token(TOKEN), PUSH)
    assert len(place.there.acknowledged) == 1


async def test_a_gateway_that_wants_to_be_left_alone_is_not_asked(place: Place) -> None:
    place.there.answers = lambda _asked: WAIT[place.platform]
    for token in (TOKEN, TOKEN, OTHER):
        with pytest.raises(Unavailable):
            await place.gateway.push(place.token(token), PUSH)
    assert len(place.there.asked) == 1


async def test_too_many_for_one_device_keep_no_other_waiting(phones: Gateways, settings: Settings) -> None:
    gateway = chosen_gateways(settings)["apns"]
    phones.apns.asked.clear()
    phones.apns.answers = lambda one: apns.refusal(429, "TooManyRequests", "60") if one.token == TOKEN else Reply()
    for _ in range(2):
        with pytest.raises(Unavailable):
            await gateway.push(TOKEN, PUSH)
    await gateway.push(OTHER, PUSH)
    assert [one.token for one in phones.apns.asked] == [TOKEN, OTHER]


async def test_a_token_of_ours_that_is_not_good_any_more_is_made_anew(place: Place) -> None:
    await place.gateway.push(place.token(TOKEN), PUSH)
    before = place.there.asked[0].headers["authorization"]
    refusals = [NOT_OURS[place.platform]]
    place.there.answers = lambda _asked: refusals.pop() if refusals else Reply()
    with pytest.raises(Unavailable):
        await place.gateway.push(place.token(TOKEN), PUSH)
    await place.gateway.push(place.token(TOKEN), PUSH)
    assert place.there.asked[-1].headers["authorization"] != before


async def test_a_gateway_that_is_away_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with gateways(tmp_path) as phones:
        for name, value in phones.environment.items():
            monkeypatch.setenv(name, value)
        browser = phones.web.subscribe("somebody")
    for platform, gateway in chosen_gateways(Settings()).items():
        with pytest.raises(Unavailable):
            await gateway.push(browser if platform == "webpush" else TOKEN, PUSH)


def test_settings_that_lack_something_are_refused_and_without_any_nothing_is_pushed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTOLOG_APNS_TEAM", "")
    with pytest.raises(SettingsInvalid, match="_APNS_TEAM"):
        chosen_gateways(Settings())
    monkeypatch.delenv("PHOTOLOG_APNS_KEY")
    monkeypatch.setenv("PHOTOLOG_FCM_ACCOUNT", "{}")
    with pytest.raises(SettingsInvalid, match="service account"):
        chosen_gateways(Settings())
    monkeypatch.delenv("PHOTOLOG_FCM_ACCOUNT")
    monkeypatch.setenv("PHOTOLOG_WEBPUSH_CONTACT", "me")
    with pytest.raises(SettingsInvalid, match="_WEBPUSH_CONTACT"):
        chosen_gateways(Settings())
    monkeypatch.setenv("PHOTOLOG_WEBPUSH_CONTACT", CONTACT)
    monkeypatch.setenv("PHOTOLOG_WEBPUSH_KEY", "a key")
    with pytest.raises(SettingsInvalid, match="PHOTOLOG_WEBPUSH_KEY is not"):
        chosen_gateways(Settings())
    monkeypatch.delenv("PHOTOLOG_WEBPUSH_KEY")
    assert chosen_gateways(Settings()) == {}


@pytest.mark.parametrize(
    ("said", "seconds"), [("7", 7.0), ("0", 0.0), ("soon", 0.0), ("Fri, 31 Dec 1999 23:59:59 GMT", 0.0)]
)
def test_retry_after_is_a_number_or_a_date(said: str, seconds: float) -> None:
    assert pauses.seconds(said) == seconds
