"""GET /healthz (alive) and /readyz (may serve)."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request

Ready = Callable[[], Awaitable[dict[str, Any]]]
"""What a process says of itself when it is asked whether it may serve. Raises Unavailable: not now."""

router = APIRouter(tags=["operators"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "alive"}


@router.get("/readyz")
async def readyz(request: Request) -> dict[str, Any]:
    """The process may serve. Embedded, also how far each processor is behind the log's end, what holds it, and behind
    which dead letters streams of it wait."""
    return await ready_body(request.app.state.ready)


async def ready_body(ready: Ready) -> dict[str, Any]:
    """The answer of /readyz. Raises Unavailable."""
    return {"status": "ready", **await ready()}
