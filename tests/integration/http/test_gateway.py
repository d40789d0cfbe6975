"""What the gateway refuses itself, it refuses as the APIs do: nginx as it is configured, with no process behind it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from infra.gateway.getting import get_nginx
from infra.gateway.nginx import configuration, nginx_path
from infra.local.stack.errors import CannotBeHad
from infra.process.settings import Settings
from tests.integration.http.guarded import WITHIN_S, Guarded
from tests.pace import patient
from tests.ports import free_ports
from tests.stack import not_here

pytestmark = pytest.mark.cluster
ORIGIN = "https://app.example"


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Guarded]:
    """nginx, before addresses at which nobody listens."""
    try:
        get_nginx(lambda name, text: print(f"{name:8} {text}"))
    except CannotBeHad as missing:
        not_here(str(missing))
    port, nobody = free_ports(2)
    away = [f"127.0.0.1:{nobody}"]
    settings = Settings(port=port, origins=[ORIGIN], command_apis=away, query_apis=away, http_head_s=1, http_pace_s=1)
    (tmp_path / "nginx.conf").write_text(configuration(settings, tmp_path))
    arguments = ["-p", str(tmp_path), "-e", str(tmp_path / "error.log"), "-c", str(tmp_path / "nginx.conf")]
    process = await asyncio.create_subprocess_exec(nginx_path(), *arguments)
    server = Guarded(port)
    over = asyncio.create_task(process.wait())
    async with asyncio.timeout(patient(WITHIN_S)):
        while not await _listens(server):
            await asyncio.wait([over], timeout=0.02)
            assert not over.done(), "nginx does not take its configuration"
    yield server
    process.terminate()
    await over


async def _listens(server: Guarded) -> bool:
    try:
        (await server.peer()).writer.close()
    except ConnectionError:
        return False
    return True


async def asked(gateway: Guarded, method: str, path: str, origin: str = ORIGIN, content: bytes = b"") -> httpx.Response:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{gateway.port}", trust_env=False) as http:
        return await http.request(method, path, headers={"Origin": origin}, content=content)


@pytest.mark.parametrize(
    ("method", "size", "status", "code"), [("GET", 0, 503, "overloaded"), ("POST", 300_000, 413, "too_large")]
)
async def test_a_refusal_of_the_gateway_is_readable_to_browsers_of_allowed_origins(
    gateway: Guarded, method: str, size: int, status: int, code: str
) -> None:
    answer = await asked(gateway, method, "/posts", content=bytes(size))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in (await asked(gateway, method, "/posts", "https://x.example")).headers


@pytest.mark.parametrize(
    ("size", "status", "error"), [(0, 503, "temporarily_unavailable"), (300_000, 413, "invalid_request")]
)
async def test_a_refusal_of_the_gateway_has_oauths_error_under_oauth_and_nowhere_else(
    gateway: Guarded, size: int, status: int, error: str
) -> None:
    answer = await asked(gateway, "POST", "/oauth/token?x", content=bytes(size))
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    for path in ("/posts", "/oauthed", "/posts?/oauth/"):
        answer = await asked(gateway, "POST", path, content=bytes(size))
        assert answer.status_code == status
        assert "error" not in answer.json()


@pytest.mark.parametrize(
    ("request_line", "headers", "status", "code"),
    [
        (b"GET /" + b"a" * 100_000, b"Host: x\r\n", 414, b"url_too_long"),
        (b"GET /", b"Host: x\r\nX-A: " + b"a" * 100_000 + b"\r\n", 431, b"headers_too_large"),
        (b"GET /", b"Host: x\r\nHost: y\r\n", 400, b"bad_request"),
    ],
)
async def test_heads_that_no_process_should_see_are_refused_as_problems(
    gateway: Guarded, request_line: bytes, headers: bytes, status: int, code: bytes
) -> None:
    peer = await gateway.peer(request_line + b" HTTP/1.1\r\n" + headers + b"\r\n")
    assert await peer.status() == status
    assert b'"code":"%s"' % code in peer.body
    assert (b'"error":"invalid_request"' in peer.body) == (request_line != b"GET /"), (
        "where nobody knows what was asked"
    )


async def test_who_keeps_the_gateway_waiting_is_cut_off(gateway: Guarded) -> None:
    half = await gateway.peer(b"GET / HTTP/1.1\r\nHost: x\r\nX-Half: ")
    body = await gateway.peer(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
    assert await half.status() in (0, 408)
    assert await body.status() in (0, 408)
