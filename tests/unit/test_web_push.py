"""Browsers: what a subscription says, whose push services are asked, and what those are told of us."""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from typer.testing import CliRunner

from infra.cli.keys import keys
from infra.push.asking import Asking
from infra.push.webpush import WebPushGateway, WebPushKey
from processors.push_ports import Push, Refused
from schemas.ids import EventId
from schemas.subscriptions import read_subscription
from tests.push.web import point

PUSH = Push(EventId("ev_0000000000V"), "no_0000000000V", "like", "ann", "po_0000000000P", 1_900_000_000_000)
POINT = point(ec.generate_private_key(ec.SECP256R1()).public_key())
SERVICE = "push.example"


def text(content: bytes) -> str:
    return urlsafe_b64encode(content).decode()


def token(
    endpoint: object = f"https://{SERVICE}/a", p256dh: object = text(POINT), auth: object = text(bytes(16))
) -> str:
    return text(json.dumps({"endpoint": endpoint, "keys": {"p256dh": p256dh, "auth": auth}}).encode())


@dataclass(frozen=True)
class Asked(Asking):
    """Whoever is asked takes everything."""

    requests: list[tuple[str, Any]] = field(default_factory=list)

    async def post(self, url: str, headers: Any, **body: Any) -> httpx.Response:
        self.requests.append((url, headers))
        return httpx.Response(201)


def gateway(asked: Asked) -> WebPushGateway:
    key = WebPushKey(ec.generate_private_key(ec.SECP256R1()), "mailto:me@example.org")
    return WebPushGateway([SERVICE], key, asked)


@pytest.mark.parametrize("padding", ["", "="])
def test_a_subscription_is_read_with_and_without_padding(padding: str) -> None:
    found = read_subscription(token(f"https://Push.Example:8443/a?b{padding}").rstrip("=") + padding * 2)
    assert (found.origin, found.host) == ("https://Push.Example:8443", SERVICE)
    assert (found.p256dh, found.auth) == (POINT, bytes(16))


@pytest.mark.parametrize(
    "said",
    [
        "f0a1" * 16,
        text(b"[]"),
        text(b"null"),
        token("http://push.example/a"),
        token("https:///a"),
        token("https://me@push.example/a"),
        token("https://push.example:port/a"),
        token(7),
        token(p256dh=text(POINT[:-1])),
        token(p256dh=text(b"\x02" + POINT[1:])),
        token(p256dh=7),
        token(auth=text(bytes(15))),
        token(auth="\u00e4"),
    ],
)
def test_what_is_no_subscription_is_refused_and_never_quoted(said: str) -> None:
    with pytest.raises(ValueError, match=r"^this is not base64url of the JSON of a PushSubscription$"):
        read_subscription(said)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "example", "notpush.example", "push.example.org", "push.example@10.0.0.1", "[::1]"],
)
async def test_no_other_host_is_asked_whatever_a_subscription_says(host: str) -> None:
    asked = Asked()
    with pytest.raises(Refused):
        await gateway(asked).push(token(f"https://{host}/a"), PUSH)
    assert asked.requests == []


async def test_a_service_and_all_below_it_are_asked_each_under_a_signature_of_its_own() -> None:
    asked = Asked()
    pushing = gateway(asked)
    for endpoint in (f"https://{SERVICE}/a", f"https://eu.{SERVICE}/b", f"https://{SERVICE}/c"):
        await pushing.push(token(endpoint), PUSH)
    signed = [headers["Authorization"] for _, headers in asked.requests]
    said = [jwt.decode(one.split("t=")[1].split(",")[0], options={"verify_signature": False}) for one in signed]
    assert [claims["aud"] for claims in said] == [f"https://{SERVICE}", f"https://eu.{SERVICE}", f"https://{SERVICE}"]
    assert signed[0] == signed[2] != signed[1]


async def test_a_key_that_is_no_point_of_the_curve_is_refused_for_good() -> None:
    with pytest.raises(Refused):
        await gateway(Asked()).push(token(p256dh=text(b"\x04" + bytes(64))), PUSH)


def test_a_key_is_made_and_its_public_half_is_what_browsers_subscribe_to(monkeypatch: pytest.MonkeyPatch) -> None:
    made = json.loads(CliRunner().invoke(keys, ["web-push", "--new", "--json"]).stdout)
    assert CliRunner().invoke(keys, ["web-push"]).exit_code == 2
    monkeypatch.setenv("PHOTOLOG_WEBPUSH_KEY", made["private_key"])
    monkeypatch.setenv("PHOTOLOG_WEBPUSH_CONTACT", "mailto:me@example.org")
    said = json.loads(CliRunner().invoke(keys, ["web-push", "--json"]).stdout)
    assert said == {"application_server_key": made["application_server_key"]}
    assert len(made["application_server_key"]) == 87, "a point of 65 bytes, as applicationServerKey has it"
