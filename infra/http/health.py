"""GET /healthz (alive) and /readyz (may serve)."""

from typing import Any

from fastapi import APIRouter, Request

router = APIRouter(tags=["operators"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "alive"}


@router.get("/readyz")
async def readyz(request: Request) -> dict[str, Any]:
    """The process may serve. Embedded, also how far each processor is behind the log's end, and what holds it."""
    state: dict[str, Any] = await request.app.state.ready()
    return {"status": "ready", **state}
