"""A run of the tests in several processes (pytest-xdist): which tests stay together, and which come first.

Hooks of pytest, which tests/conftest.py makes known. Without `-n` nothing here changes anything.
"""

import re

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

TO_BREAK = "the stack to break"
CLUSTER_SITE = "the shared cluster site"
LOW_SITE = "the cluster site of low numbers"
EDGED_SITE = "the cluster site behind an edge"
EMBEDDED_SERVER = "the shared embedded server"
TOGETHER = {
    TO_BREAK: re.compile(r"tests/chaos/test_(server_faults|write_faults|media_kill|feed_without_redis)\.py"),
    LOW_SITE: re.compile(r"tests/e2e/low_numbers/.*\[cluster\b"),
    EDGED_SITE: re.compile(r"tests/e2e/edges/.*\[cluster\b"),
    CLUSTER_SITE: re.compile(
        r"tests/e2e/(?!test_(api_rates|forgetting|key_rotation)\.py)"
        r".*\[cluster\b"
        r"|tests/e2e/test_(frozen_worker|importing)\.py|.*::test_each_api_of_a_cluster"
    ),
    EMBEDDED_SERVER: re.compile(r"tests/e2e/(?!edges|test_(forgetting|key_rotation)\.py).*\[embedded\b"),
}
"""Tests of several modules that share what is too large for each process to have one of its own: it runs until the end,
and what nobody uses any more still costs a tenth of a processor."""
SHARED = {"stack_to_break": TO_BREAK, "shared_cluster": CLUSTER_SITE}
"""Fixtures, and the only group that may ask for them."""
FIRST = (
    CLUSTER_SITE,
    TO_BREAK,
    "tests/chaos/test_redis_away",
    "tests/chaos/test_worker_faults",
    EMBEDDED_SERVER,
    LOW_SITE,
    EDGED_SITE,
    "tests/integration/history/test_cluster",
    "tests/integration/schemas/",
    "tests/chaos/",
    "tests/clients/",
    "tests/integration/importing/",
    "tests/e2e/",
    "tests/integration/",
)
"""How groups begin, in the order in which they are handed out: the longest first, or all wait for one in the end."""


def group_of(nodeid: str) -> str:
    """The tests of a module stay in one process, but for those on the cluster, which are the slow ones: in another."""
    for name, tests in TOGETHER.items():
        if tests.match(nodeid):
            return name
    module = nodeid.partition("::")[0]
    return f"{module}[cluster]" if "[cluster" in nodeid else module


def rank(group: str) -> int:
    """How early a group is handed out."""
    return next((place for place, beginning in enumerate(FIRST) if group.startswith(beginning)), len(FIRST))


class ByGroup(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out whole groups, in the order in which the tests were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In every worker alike. What one test breaks, no other may be using; what is shared is started once."""
    for item in items:
        for fixture, group in SHARED.items():
            if fixture in getattr(item, "fixturenames", ()) and group_of(item.nodeid) != group:
                raise pytest.UsageError(f"{item.nodeid} asks for {fixture}: name it in TOGETHER")
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: rank(group_of(item.nodeid)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByGroup:
    config.option.loadscopereorder = False
    return ByGroup(config, log)
