"""A broker that nobody else uses, so that it can be killed and frozen: `from tests.broker import broker as broker`."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.stack.stack import Stack
from tests.stack import bring_up, stack_in


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Stack]:
    own = stack_in(tmp_path / "stack")
    bring_up(own, "kafka")
    yield own
    own.down()


@contextmanager
def frozen(broker: Stack) -> Iterator[None]:
    """Its connections stand, and nothing is answered."""
    (pid,) = [one.pid for one in broker.status(["kafka"]) if one.pid]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
