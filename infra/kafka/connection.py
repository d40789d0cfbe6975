"""Where the brokers are and how they are spoken to: from settings, for every client of this package."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DEADLINE_S = 10.0
"""After this time a call has failed, whatever its requests may still do."""

REQUEST_TIMEOUT_MS = 3 * round(DEADLINE_S * 1000)
"""Above the deadline: a producer is replaced before a batch of its can expire and let a later one overtake it."""


@dataclass(frozen=True)
class KafkaConnection:
    """Bootstrap servers, and TLS and SASL as aiokafka names them (`security_protocol`, `ssl_context`, `sasl_...`)."""

    servers: str
    security: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def arguments(self) -> dict[str, Any]:
        """What every aiokafka client is made with."""
        return {"bootstrap_servers": self.servers, "request_timeout_ms": REQUEST_TIMEOUT_MS, **self.security}
