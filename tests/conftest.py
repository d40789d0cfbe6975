"""Servers for every suite: started, or connected to, by the first test that asks. Runs in several processes."""

from tests import drawn as drawn
from tests.collecting import pytest_runtestloop as pytest_runtestloop
from tests.contract.cql_keyspace import cql as cql
from tests.contract.cql_keyspace import cql_servers as cql_servers
from tests.contract.cql_keyspace import machines as machines
from tests.contract.kafka_topics import kafka as kafka
from tests.side_by_side import pytest_collection_modifyitems as pytest_collection_modifyitems
from tests.side_by_side import pytest_xdist_make_scheduler as pytest_xdist_make_scheduler
from tests.stack import pytest_itemcollected as pytest_itemcollected
from tests.stack import pytest_sessionfinish as pytest_sessionfinish
from tests.stack import stack as stack
