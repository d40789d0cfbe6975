"""Who called: the span of a client that a request names in its `traceparent`, for the commands that it leads to.

W3C Trace Context (https://www.w3.org/TR/trace-context/). Its `tracestate` is passed over: nothing of ours hands it on.
"""

from collections.abc import Iterable
from contextvars import ContextVar

from opentelemetry.trace import SpanContext, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Receive, Scope, Send

NAME = b"traceparent"
LONGEST = 128
"""Characters; a later version of the standard may add some to today's 55."""

_caller: ContextVar[SpanContext | None] = ContextVar("caller", default=None)


def caller() -> SpanContext | None:
    """That of the request which goes on here just now; None: nobody said."""
    return _caller.get()


class Called:
    """An application that knows of its requests who called."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        before = _caller.set(caller_of(scope["headers"]) if scope["type"] == "http" else None)
        try:
            await self._app(scope, receive, send)
        finally:
            _caller.reset(before)


def caller_of(headers: Iterable[tuple[bytes, bytes]]) -> SpanContext | None:
    """What a request's headers say. None also for what cannot be read, or is said twice."""
    said = [value.decode("latin-1") for name, value in headers if name == NAME]
    if len(said) != 1 or len(said[0]) > LONGEST:
        return None
    found = get_current_span(TraceContextTextMapPropagator().extract({NAME.decode(): said})).get_span_context()
    return found if found.is_valid else None
