"""A mail server that is away, or says nothing: sign-up goes on as if it were there, and who asks for a mail is told."""

import asyncio
from pathlib import Path

import httpx

from tests.callers import callers
from tests.e2e.people import PASSWORD
from tests.pace import patient
from tests.ports import free_ports
from tests.processes import running_server

ANN = {"username": "ann", "password": PASSWORD, "email": "ann@example.org"}


async def bearer(http: httpx.AsyncClient) -> dict[str, str]:
    form = {"grant_type": "password", "username": "ann", "password": PASSWORD}
    return {"Authorization": f"Bearer {(await http.post('/oauth/token', data=form)).json()['access_token']}"}


def smtp(port: int) -> dict[str, str]:
    return {"PHOTOLOG_SMTP_HOST": "127.0.0.1", "PHOTOLOG_SMTP_PORT": str(port), "PHOTOLOG_SMTP_TLS": "none"}


async def test_without_its_mail_server_people_sign_up_and_are_told_that_no_mail_goes_out(tmp_path: Path) -> None:
    async with running_server(tmp_path / "data", smtp(free_ports(1)[0])) as server:
        async with callers(server.url) as http:
            assert (await http.post("/accounts", json=ANN)).status_code == 201
            new = {"email": "new@example.org", "password": PASSWORD}
            asked = await http.post("/me/email", json=new, headers=await bearer(http))
            assert (asked.status_code, asked.json()["code"]) == (503, "overloaded")
            assert asked.headers["Retry-After"]
        assert await server.stop() == 0
        logged = server.log.read_text()
        assert "no confirmation is sent to ac_" in logged
        assert "example.org" not in logged


async def test_a_mail_server_that_says_nothing_keeps_nobody_waiting_who_signs_up(tmp_path: Path) -> None:
    asked, released = asyncio.Event(), asyncio.Event()

    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await released.wait()
        writer.close()

    async with (
        await asyncio.start_server(say_nothing, "127.0.0.1", 0) as silent,
        running_server(tmp_path / "data", smtp(silent.sockets[0].getsockname()[1])) as server,
        callers(server.url) as http,
    ):
        assert (await http.post("/accounts", json=ANN)).status_code == 201
        await asyncio.wait_for(asked.wait(), patient(30))
        assert (await http.get("/me/sessions", headers=await bearer(http))).status_code == 200
        assert not released.is_set(), "all of it while the mail server still says nothing"
        released.set()
