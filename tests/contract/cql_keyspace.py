"""One keyspace for a session of tests on the CQL servers: made at first use, dropped at the end if they outlast it.

Tests share its tables and keep apart by names that are unique. It does without the commit log: what these tests start
again is a client, never a server.
"""

import asyncio
import os
import uuid
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from infra.cql.address import CqlServers, Keyspace
from infra.cql.machines import DDL
from infra.cql.schema import create_schema
from infra.cql.session import CqlSession
from tests.stack import THROWN_AWAY

DATACENTER = "datacenter1"


@pytest.fixture(scope="session")
def cql_servers(request: pytest.FixtureRequest) -> CqlServers:
    """The servers that PHOTOLOG_CQL names, else those of a stack."""
    address = os.environ.get("PHOTOLOG_CQL") or request.getfixturevalue("stack").environment["PHOTOLOG_CQL"]
    host, _, port = address.rpartition(":")
    return CqlServers((host,), int(port), DATACENTER)


@pytest.fixture(scope="session")
def cql(cql_servers: CqlServers) -> Iterator[CqlSession]:
    """A session in a keyspace of its own, with every table that is not declared."""
    with own_keyspace(cql_servers, create_schema) as session:
        yield session


@pytest.fixture(scope="module")
def machines(cql_servers: CqlServers) -> Iterator[CqlSession]:
    """One in a keyspace that holds nothing but machine numbers: who uses all of them up takes them from nobody."""
    with own_keyspace(cql_servers, lambda session: session.define([DDL])) as session:
        yield session


@contextmanager
def own_keyspace(servers: CqlServers, make: Callable[[CqlSession], Coroutine[Any, Any, None]]) -> Iterator[CqlSession]:
    """Made and filled with tables; at the end of the block it is dropped, unless its servers are."""
    keyspace = Keyspace(f"test_{uuid.uuid4().hex[:12]}", {DATACENTER: 1}, durable=False)
    session = CqlSession.connect(servers, keyspace)
    # A thread, because the test that asks first may have a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        try:
            thread.submit(asyncio.run, make(session)).result()
            yield session
        finally:
            if not THROWN_AWAY:
                thread.submit(asyncio.run, session.define([f"DROP KEYSPACE IF EXISTS {keyspace.name}"])).result()
            session.close()
