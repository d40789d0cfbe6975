"""How Faust applications are set up: brokers and their security from settings, the rest from measurements."""

from collections.abc import Mapping
from typing import Any

import faust

from processors.brokers import Brokers
from processors.faust_transport import App, Keeper

UNLIMITED = 2**31
PLAIN: Mapping[str, Any] = {
    "consumer_auto_offset_reset": "earliest",
    "stream_buffer_maxsize": UNLIMITED,  # the consumer holds partitions back, one by one
    "stream_wait_empty": False,  # waits for acknowledgements, for ever where a partition is held
    "topic_allow_declare": False,
    "topic_disable_leader": True,
    "web_enabled": False,
    "store": "memory://",
    "key_serializer": "raw",
    "value_serializer": "raw",
}
"""Of everything that Faust offers, consuming alone."""


METADATA_MS = 10_000
"""How old a worker's knowledge of topics may be. A broker that has just come back may say that there are none: whoever
joins then is given nothing, and joins again when it hears of them. Kafka's own five minutes would be for how long."""


def faust_app(name: str, brokers: Brokers, keeper: Keeper, batch: int) -> App:
    """An application, that is a consumer group, for one lot of subscribers."""
    app = App(
        f"{brokers.prefix}photolog-{name}",
        broker=";".join(f"kafka://{server.strip()}" for server in brokers.servers.split(",")),
        broker_credentials=_credentials(brokers),
        **_timing(brokers.session_s),
        broker_max_poll_records=batch,
        broker_client_id=brokers.member or "photolog",
        **PLAIN,
    )
    app.keeper, app.joining = keeper, brokers.joining
    return app


def _timing(session_s: float) -> Mapping[str, Any]:
    return {
        "broker_session_timeout": session_s,
        "broker_heartbeat_interval": session_s / 6,
        "broker_rebalance_timeout": session_s,
        "broker_request_timeout": 3 * session_s,
        # A partition that is held does not poll: it must not cost the others their process.
        "broker_max_poll_interval": 24 * 3600.0,
        "consumer_metadata_max_age_ms": METADATA_MS,
    }


def _credentials(brokers: Brokers) -> Any:
    if brokers.username:
        return faust.SASLCredentials(
            mechanism=brokers.mechanism,
            username=brokers.username,
            password=brokers.password,
            ssl_context=brokers.ssl_context,
        )
    return faust.SSLCredentials(brokers.ssl_context) if brokers.ssl_context else None
