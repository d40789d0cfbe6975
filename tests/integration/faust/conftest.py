"""Where the driver is run: a site on the broker that all share, or on one that can be killed."""

from tests.broker import broker as broker
from tests.integration.faust.faust_sites import site as site
