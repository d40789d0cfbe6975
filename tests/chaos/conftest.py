"""Servers for the tests that kill them."""

from collections.abc import Iterator

import pytest

from infra.local.stack.stack import Stack
from tests.stack import BREAKABLE, KEEP, bring_up, folder_of_the_run, stack_in


@pytest.fixture(scope="session")
def stack_to_break(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """A stack beside the one that everybody uses: `kill` and `up` make and mend faults."""
    servers = stack_in(folder_of_the_run(request.config, "stack-to-break"), BREAKABLE)
    try:
        bring_up(servers)
        yield servers
    finally:
        if not KEEP:
            servers.down()
