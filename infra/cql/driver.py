"""The CQL driver's cluster object, as every session of Photolog needs it. Makes no connection yet."""

import logging
import ssl

from cassandra import ConsistencyLevel
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.policies import (
    DCAwareRoundRobinPolicy,
    ExponentialReconnectionPolicy,
    FallthroughRetryPolicy,
    TokenAwarePolicy,
)
from cassandra.query import dict_factory

from infra.cql.address import CqlServers

SERIAL_PROFILE = "serial"
"""Reads that see the outcome of every conditional write, those in doubt included."""
CONNECT_S, RECONNECT_S, MAX_RECONNECT_S = 5.0, 0.2, 5.0
EXECUTOR_THREADS = 2
USE_WARNING = "`USE <keyspace>` with prepared statements"


def cluster_of(servers: CqlServers) -> Cluster:
    """The driver's cluster object, not yet connected. Retries are the session's: the driver does none."""
    return Cluster(
        contact_points=list(servers.contact_points),
        port=servers.port,
        protocol_version=4,
        auth_provider=PlainTextAuthProvider(servers.username, servers.password) if servers.username else None,
        ssl_context=ssl.create_default_context(cafile=str(servers.tls_ca)) if servers.tls_ca else None,
        execution_profiles={
            EXEC_PROFILE_DEFAULT: _profile(servers, ConsistencyLevel.LOCAL_QUORUM),
            SERIAL_PROFILE: _profile(servers, ConsistencyLevel.LOCAL_SERIAL),
        },
        reconnection_policy=ExponentialReconnectionPolicy(RECONNECT_S, MAX_RECONNECT_S),
        connect_timeout=CONNECT_S,
        control_connection_timeout=CONNECT_S,
        executor_threads=EXECUTOR_THREADS,
    )


def _profile(servers: CqlServers, consistency: int) -> ExecutionProfile:
    return ExecutionProfile(
        load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy(local_dc=servers.datacenter)),
        retry_policy=FallthroughRetryPolicy(),
        consistency_level=consistency,
        serial_consistency_level=ConsistencyLevel.LOCAL_SERIAL,
        request_timeout=servers.request_s,
        row_factory=dict_factory,
    )


def _is_news(record: logging.LogRecord) -> bool:
    """Cassandra warns, for each statement, that the keyspace of a connection might change. Here it never does."""
    return USE_WARNING not in record.getMessage()


logging.getLogger("cassandra.protocol").addFilter(_is_news)
