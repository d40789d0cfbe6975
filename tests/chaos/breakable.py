"""Servers that a test kills: its own, beside what it leaves alone of everybody's."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.local.stack.stack import Stack
from tests.stack import BREAKABLE, bring_up, stack_in

ADDRESSES = {"kafka": "PHOTOLOG_KAFKA", "cql": "PHOTOLOG_CQL", "redis": "PHOTOLOG_REDIS"}
"""The setting that says where a site finds the server of this name."""


@dataclass(frozen=True)
class Breakable:
    """Where a site finds its servers, and those of them that may be killed."""

    own: Stack
    """`kill` and `up` make and mend faults."""
    environment: Mapping[str, str]


@contextmanager
def breakable(everybodys: Stack, folder: Path, *names: str) -> Iterator[Breakable]:
    """Servers of these names for one test, ready, and nothing of them left afterwards."""
    own = stack_in(folder / "servers-to-break", BREAKABLE)
    here = {ADDRESSES[name]: own.environment[ADDRESSES[name]] for name in names}
    try:
        bring_up(own, *names)
        yield Breakable(own, {**everybodys.environment, **here})
    finally:
        own.down(names)
