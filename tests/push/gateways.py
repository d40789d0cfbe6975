"""All three gateways, served by a thread of the tests; and what a server needs to be told to push to them."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.certificate import make_certificate
from tests.push.apns import KEY_ID, TEAM, TOPIC, Apns
from tests.push.fcm import EMAIL, PROJECT, Fcm
from tests.push.said import Gateway
from tests.push.web import CONTACT, Web


@dataclass
class Gateways:
    """What they were asked, and the settings of a server that asks them."""

    apns: Gateway = field(default_factory=Gateway)
    fcm: Gateway = field(default_factory=Gateway)
    webpush: Gateway = field(default_factory=Gateway)
    web: Web = field(init=False)
    """The service behind the last one, where browsers subscribe."""
    environment: dict[str, str] = field(default_factory=dict)


@contextmanager
def gateways(folder: Path) -> Iterator[Gateways]:
    """All, for as long as the block goes on. `folder` is for their certificate."""
    phones, begun, over = Gateways(), threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(phones, folder, begun, over)), daemon=True)
    thread.start()
    assert begun.wait(30), "the gateways do not begin"
    try:
        yield phones
    finally:
        over.set()
        thread.join(30)


async def _serve(phones: Gateways, folder: Path, begun: threading.Event, over: threading.Event) -> None:
    servers = await _begin(phones, folder)
    begun.set()
    await asyncio.to_thread(over.wait)
    for server in servers:
        server.close()


async def _begin(phones: Gateways, folder: Path) -> list[asyncio.Server]:
    loop = asyncio.get_running_loop()
    tls, certificate = make_certificate(folder)
    tls.set_alpn_protocols(["h2"])
    apple, google = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
    apns = await loop.create_server(lambda: Apns(phones.apns, apple.public_key()), "127.0.0.1", 0, ssl=tls)
    fcm = Fcm(phones.fcm, google.public_key())
    serving = await asyncio.start_server(fcm.serve, "127.0.0.1", 0)
    fcm.url = f"http://127.0.0.1:{_port(serving)}"
    browsers = ec.generate_private_key(ec.SECP256R1())
    phones.web = Web(phones.webpush, browsers.public_key())
    web = await asyncio.start_server(phones.web.serve, "127.0.0.1", 0, ssl=tls)
    phones.web.origin = f"https://127.0.0.1:{_port(web)}"
    account = {
        "project_id": PROJECT,
        "client_email": EMAIL,
        "private_key": _pem(google),
        "token_uri": f"{fcm.url}/token",
    }
    phones.environment = {
        "PHOTOLOG_APNS_URL": f"https://127.0.0.1:{_port(apns)}",
        "PHOTOLOG_APNS_KEY": _pem(apple),
        "PHOTOLOG_APNS_KEY_ID": KEY_ID,
        "PHOTOLOG_APNS_TEAM": TEAM,
        "PHOTOLOG_APNS_TOPIC": TOPIC,
        "PHOTOLOG_FCM_URL": fcm.url,
        "PHOTOLOG_FCM_ACCOUNT": orjson.dumps({**account, "token_uri": f"{fcm.url}/token"}).decode(),
        "PHOTOLOG_WEBPUSH_KEY": _pem(browsers),
        "PHOTOLOG_WEBPUSH_CONTACT": CONTACT,
        "PHOTOLOG_WEBPUSH_SERVICES": "127.0.0.1",
        "PHOTOLOG_PUSH_TLS_CA": str(certificate),
    }
    return [apns, serving, web]


def _port(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
