"""Servers for every suite: started, or connected to, by the first test that asks."""

from tests.contract.cql_keyspace import cql as cql
from tests.contract.cql_keyspace import cql_servers as cql_servers
from tests.contract.kafka_topics import kafka as kafka
from tests.stack import stack as stack
