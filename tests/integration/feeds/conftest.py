"""Stores for feeds that are made of tables: on both backends."""

from tests.contract.fixtures_read import account as account
from tests.contract.fixtures_read import feeds as feeds
from tests.contract.fixtures_read import read_side as read_side
from tests.contract.fixtures_read import tables as tables
from tests.contract.redis_site import redis_of_the_session as redis_of_the_session
from tests.contract.redis_site import redis_site as redis_site
