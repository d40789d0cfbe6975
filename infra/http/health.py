"""GET /healthz (alive) and /readyz (may serve)."""

from typing import Any

from fastapi import APIRouter, Request

from processors.runtime import lags

router = APIRouter(tags=["operators"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "alive"}


@router.get("/readyz")
async def readyz(request: Request) -> dict[str, Any]:
    """The process may serve; and how far each processor is behind the log's end, in events, and what holds it."""
    behind = {}
    for runtime in request.app.state.runtimes:
        lag = sum((await lags(runtime)).values())
        held = {f"{topic}[{partition}]": reason for (topic, partition), reason in runtime.failing.items()}
        behind[runtime.subscriber.id] = {"lag": lag, "held": held}
    return {"status": "ready", "processors": behind}
