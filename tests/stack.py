"""The real servers for tests: one stack for a whole run, started by the first process of it that asks.

PHOTOLOG_KEEP_STACK=1 keeps it between runs, in PHOTOLOG_TEST_STACK or a folder of the user's.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import NoReturn

import pytest
from _pytest.mark import ParameterSet

from infra.local.stack.errors import CannotBeHad
from infra.local.stack.locks import alone
from infra.local.stack.server import LASTING, Thrift
from infra.local.stack.settings import StackSettings
from infra.local.stack.stack import Stack, recorded_base_port
from infra.local.stack.work import Work
from tests.ports import free_base_port

ORIGIN = "http://127.0.0.1:8080"
SERVERS = {
    "stack",
    "stack_to_break",
    "broker",
    "kafka",
    "cql_servers",
    "redis_of_the_session",
    "redis_nodes_of_the_session",
}
"""Fixtures that stand for them."""
BREAKABLE = Thrift(brief=True)
"""Of a stack that tests break."""
KEEP = os.environ.get("PHOTOLOG_KEEP_STACK") == "1"
THROWN_AWAY = not (KEEP or {"PHOTOLOG_KAFKA", "PHOTOLOG_CQL"} & os.environ.keys())
"""Whether the servers of a run go with it: then nobody removes what tests made there. To drop a site's tables costs
more than to make them, for with each Cassandra writes out what is in all others; so do topics."""


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Stack:
    """All servers, ready, for every test of the run: `environment` has their addresses. Nobody may end or stop one."""
    return servers_of_the_run(request.config)


def pytest_itemcollected(item: pytest.Item) -> None:
    """What asks for a server is marked by itself."""
    if not SERVERS.isdisjoint(getattr(item, "fixturenames", ())):
        item.add_marker(pytest.mark.cluster)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Whoever is left at the end of the run takes the servers down: not a worker, others may still need them."""
    folder = folder_of_the_run(session.config, "stack")
    if not (KEEP or hasattr(session.config, "workerinput")) and recorded_base_port(folder):
        stack_in(folder).down()


def servers_of_the_run(config: pytest.Config, *only: str) -> Stack:
    """The stack of the run with these servers, or with all that a site needs, for who can do without the others.

    A program that has to be built is, before anybody else is kept waiting."""
    folder = folder_of_the_run(config, "stack")
    _or_skip(lambda: stack_in(folder).get(only))
    with alone(folder.with_suffix(".lock"), Work("stack", _say, Event())):
        servers = stack_in(folder, Thrift(brief=True, whole=True))
        bring_up(servers, *only)
    return servers


def folder_of_the_run(config: pytest.Config, name: str) -> Path:
    """A folder that all processes of a run mean by this name; all runs of this user, if stacks are kept."""
    if KEEP:
        named = os.environ.get("PHOTOLOG_TEST_STACK")
        kept = Path(named) if named else Path(tempfile.gettempdir(), f"photolog-test-stack-{os.getuid()}")
        return kept.with_name(kept.name + name.removeprefix("stack"))
    base: Path = config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    return (base.parent if hasattr(config, "workerinput") else base) / name


def stack_in(folder: Path, thrift: Thrift = LASTING) -> Stack:
    """A stack in a folder, on the ports that it had before, or on free ones."""
    cache = StackSettings().cache.expanduser()
    return Stack(folder, recorded_base_port(folder) or free_base_port(), cache, [ORIGIN], _say, thrift)


def bring_up(servers: Stack, *only: str) -> None:
    """Starts servers. Skips the test when they cannot be had on this machine, but never in CI."""
    _or_skip(lambda: servers.up(only))


def on_cluster(backend: str) -> ParameterSet:
    """A backend that needs the real servers, as a parameter of tests."""
    return pytest.param(backend, marks=pytest.mark.cluster)


def not_here(reason: str) -> NoReturn:
    """Skips the test because something cannot be had on this machine; in CI it fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _or_skip(get: Callable[[], None]) -> None:
    try:
        get()
    except CannotBeHad as error:
        not_here(str(error))


def _say(name: str, text: str) -> None:
    print(f"{name:8} {text}")
