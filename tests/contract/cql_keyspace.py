"""One keyspace for a session of tests on the CQL servers: made at first use, dropped at the end.

Tests share its tables and keep apart by names that are unique. It does without the commit log: what these tests start
again is a client, never a server.
"""

import asyncio
import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.cql.schema import create_schema
from infra.cql.servers import CqlServers, Keyspace
from infra.cql.session import CqlSession

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
    keyspace = Keyspace(f"test_{uuid.uuid4().hex[:12]}", {DATACENTER: 1}, durable=False)
    session = CqlSession.connect(cql_servers, keyspace)
    # A thread, because the test that asks first may have a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        try:
            thread.submit(asyncio.run, create_schema(session)).result()
            yield session
        finally:
            thread.submit(asyncio.run, session.define([f"DROP KEYSPACE {keyspace.name}"])).result()
            session.close()
