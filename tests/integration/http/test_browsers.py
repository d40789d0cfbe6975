"""What a browser of an allowed origin can read: every answer, whatever went wrong."""

import logging

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.requests import ClientDisconnect

from infra.http import problems
from infra.http.cors import allow_browsers
from infra.http.unexpected import Unexpected
from infra.process.settings import Settings
from schemas.errors import Unavailable

ORIGIN = "https://app.example"


@pytest.fixture
def app() -> FastAPI:
    """An application with the middleware of the real one, and paths on which things go wrong."""
    app = FastAPI()
    problems.install(app)
    app.add_middleware(Unexpected)
    allow_browsers(app, Settings(origins=[ORIGIN]))

    @app.get("/breaks")
    async def breaks() -> None:
        raise ZeroDivisionError("a secret of the inside")

    @app.get("/away")
    async def away() -> None:
        raise Unavailable

    @app.post("/left")
    async def left(_request: Request) -> None:
        raise ClientDisconnect

    return app


@pytest.mark.parametrize(("path", "status"), [("/breaks", 500), ("/away", 503), ("/nowhere", 404)])
async def test_every_refusal_is_readable_to_an_allowed_origin(app: FastAPI, path: str, status: int) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as http:
        answer = await http.get(path, headers={"Origin": ORIGIN})
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
        assert "secret" not in answer.text
        other = await http.get(path, headers={"Origin": "https://other.example"})
        assert "Access-Control-Allow-Origin" not in other.headers


async def test_an_unexpected_error_is_one_line_in_the_log_and_a_client_that_left_is_none(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as http:
        await http.get("/breaks")
        assert [record.name for record in caplog.records if record.levelno >= logging.ERROR] == ["photolog.http"]
        caplog.clear()
        with pytest.raises(AssertionError):  # httpx notices that nothing is answered
            await http.post("/left")
    assert [record for record in caplog.records if record.name != "httpx"] == []
