"""A broker for what is done to brokers; the one that all share is `kafka`."""

from tests.broker import broker as broker
