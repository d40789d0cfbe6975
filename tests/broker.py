"""A broker that nobody else uses, so that it can be killed and frozen."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from infra.local.stack.stack import Stack
from tests.stack import BREAKABLE, bring_up, stack_in
from tests.stopping import stop


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    own = stack_in(tmp_path_factory.mktemp("broker"), BREAKABLE)
    bring_up(own, "kafka")
    yield own
    own.down()


@contextmanager
def frozen(broker: Stack) -> Iterator[None]:
    """Its connections stand, and nothing is answered."""
    (pid,) = [one.pid for one in broker.status(["kafka"]) if one.pid]
    stop(pid)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
