"""Where OpenSearch is, and as whom it is asked. Made by the wiring from settings."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class OpensearchAddress:
    """The nodes' one address: a load balancer's, or a node's."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    tls_ca: Path | None = None
