"""The real servers for tests: `stack` starts them once a session, on ports and in a folder of their own.

PHOTOLOG_KEEP_STACK=1 keeps them between runs, in PHOTOLOG_TEST_STACK or a folder of the user's. Use it with
`from tests.stack import stack`, or name `tests.stack` in `pytest_plugins`."""

import os
import random
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pytest

from infra.local.stack.errors import CannotBeHad
from infra.local.stack.ports import HOST, PORTS_OF_A_STACK
from infra.local.stack.settings import StackSettings
from infra.local.stack.stack import Stack, recorded_base_port

ORIGIN = "http://127.0.0.1:8080"
BASES = range(20_000, 32_000, 10)
"""Below the ports that the system hands out by itself."""


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All servers, ready; `environment` has their addresses, `kill` and `up` make and mend faults."""
    keep = os.environ.get("PHOTOLOG_KEEP_STACK") == "1"
    servers = stack_in(_folder(keep, lambda: tmp_path_factory.mktemp("stack")))
    try:
        bring_up(servers)
        yield servers
    finally:
        if not keep:
            servers.down()


def stack_in(folder: Path) -> Stack:
    """A stack in a folder, on the ports that it had before, or on free ones."""
    cache = StackSettings().cache.expanduser()
    return Stack(folder, recorded_base_port(folder) or free_base_port(), cache, [ORIGIN], _say)


def bring_up(servers: Stack, *only: str) -> None:
    """Starts servers. Skips the test when they cannot be had on this machine, but never in CI."""
    try:
        servers.up(only)
    except CannotBeHad as error:
        not_here(str(error))


def free_base_port() -> int:
    """A base of ports that nobody listens on: drawn, so that test runs side by side do not race for the same."""
    for base in random.sample(BASES, 50):
        with suppress(OSError):
            for port in range(base, base + PORTS_OF_A_STACK):
                socket.create_server((HOST, port)).close()
            return base
    raise RuntimeError("no free ports in a row")


def _folder(keep: bool, temporary: Callable[[], Path]) -> Path:
    named = os.environ.get("PHOTOLOG_TEST_STACK")
    if named:
        return Path(named)
    return Path(tempfile.gettempdir(), f"photolog-test-stack-{os.getuid()}") if keep else temporary()


def not_here(reason: str) -> NoReturn:
    """Skips the test because something cannot be had on this machine; in CI it fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _say(name: str, text: str) -> None:
    print(f"{name:8} {text}")
