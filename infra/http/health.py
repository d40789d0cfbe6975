"""GET /healthz (alive) and /readyz (may serve)."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request, Response

Ready = Callable[[], Awaitable[dict[str, Any]]]
"""What a process says of itself when it is asked whether it may serve; with a `status` if that is not `ready`. Raises
Unavailable: not now."""
READY = "ready"

router = APIRouter(tags=["operators"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "alive"}


@router.get("/readyz")
async def readyz(request: Request, response: Response) -> dict[str, Any]:
    """The process may serve; 503 while what it feeds is stalled. Embedded, also how far each processor is behind the
    log's end, what holds it, and behind which dead letters streams of it wait."""
    response.status_code, body = await readiness(request.app.state.ready)
    return body


async def readiness(ready: Ready) -> tuple[int, dict[str, Any]]:
    """Status and body of /readyz. Raises Unavailable."""
    body = {"status": READY, **await ready()}
    return (200 if body["status"] == READY else 503), body
