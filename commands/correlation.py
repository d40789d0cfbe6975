"""What goes on here is part of which chain: logs say it, so that what one request led to is found in all processes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_correlation: ContextVar[str] = ContextVar("correlation", default="")


def correlation() -> str:
    """That of what goes on here just now; empty: none."""
    return _correlation.get()


@contextmanager
def correlated(said: str) -> Iterator[None]:
    """It is this during the block."""
    before = _correlation.set(said)
    try:
        yield
    finally:
        _correlation.reset(before)
