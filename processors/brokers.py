"""The brokers as Faust reaches them, told without Faust: it costs a start most of a second, and APIs do not use it."""

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Joining = Callable[[Any, str], Awaitable[object]]
"""What is done before an AIOKafkaConsumer that has started joins the group of that name."""


async def at_once(_consumer: Any, _group: str) -> None:
    """Nothing."""


@dataclass(frozen=True)
class Brokers:
    """The brokers as Faust reaches them. `servers`: host:port, comma-separated."""

    servers: str
    prefix: str = ""
    """In front of every topic's name and every group's."""
    ssl_context: ssl.SSLContext | None = None
    username: str = ""
    """With a user name, SASL; without one and with `ssl_context`, TLS alone."""
    password: str = field(default="", repr=False)
    mechanism: str = "SCRAM-SHA-512"
    member: str = ""
    """What this process is called in its groups, the same whenever it begins; empty: it has no name."""
    joining: Joining = at_once
    session_s: float = 6.0
    """After this time without a heartbeat a process is dead, and its partitions are another's."""
