"""Fixtures that the ports' suites share: the stores of every backend that has an adapter."""

from tests.contract.fixtures_objects import object_backend as object_backend
from tests.contract.fixtures_objects import object_store as object_store
from tests.contract.fixtures_objects import objects as objects
from tests.contract.fixtures_read import account as account
from tests.contract.fixtures_read import caches as caches
from tests.contract.fixtures_read import feeds as feeds
from tests.contract.fixtures_read import gates as gates
from tests.contract.fixtures_read import opensearch as opensearch
from tests.contract.fixtures_read import positions as positions
from tests.contract.fixtures_read import read_side as read_side
from tests.contract.fixtures_read import tables as tables
from tests.contract.fixtures_write import access_tokens as access_tokens
from tests.contract.fixtures_write import ledger as ledger
from tests.contract.fixtures_write import log as log
from tests.contract.fixtures_write import passwords as passwords
from tests.contract.fixtures_write import vault as vault
from tests.contract.fixtures_write import write_side as write_side
from tests.contract.redis_site import redis_cluster_site as redis_cluster_site
from tests.contract.redis_site import redis_nodes_of_the_session as redis_nodes_of_the_session
from tests.contract.redis_site import redis_of_the_session as redis_of_the_session
from tests.contract.redis_site import redis_site as redis_site
from tests.minio_bucket import bucket as bucket
from tests.versitygw_bucket import versitygw_bucket as versitygw_bucket
