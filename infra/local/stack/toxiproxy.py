"""Toxiproxy: stands between a process and Kafka or CQL and fails connections on request. For tests; started by name."""

import json
from pathlib import Path

import httpx

from infra.local.stack.artefacts import GoProgram
from infra.local.stack.ports import HOST
from infra.local.stack.server import Launch, Premises
from infra.local.stack.work import Work

ANSWERS_WITHIN_S = 3.0


class ToxiproxyServer:
    """One proxy for each server. Its first port serves the HTTP API that makes faults."""

    name = "toxiproxy"
    artefact = GoProgram("toxiproxy-2.12.0", "github.com/Shopify/toxiproxy/v2/cmd/server", "v2.12.0")

    def __init__(self, site: Premises) -> None:
        self.folder = site.folder / self.name
        self.ports = (site.ports.toxiproxy, site.ports.kafka_proxy, site.ports.cql_proxy)
        self.url = f"http://{HOST}:{site.ports.toxiproxy}"
        self._upstream = {"kafka": site.ports.kafka_behind, "cql": site.ports.cql}

    def prepare(self, program: Path, work: Work) -> Launch:
        """The proxies are there from the start; faults are forgotten when it ends."""
        config = self.folder / "proxies.json"
        config.write_text(self.config())
        return Launch([str(program), "-host", HOST, "-port", str(self.ports[0]), "-config", str(config)])

    def config(self) -> str:
        """proxies.json."""
        proxies = [
            {"name": name, "listen": f"{HOST}:{port}", "upstream": f"{HOST}:{behind}", "enabled": True}
            for (name, behind), port in zip(self._upstream.items(), self.ports[1:], strict=True)
        ]
        return json.dumps(proxies, indent=2)

    def answers(self) -> bool:
        """Names its proxies, which may have been joined by others."""
        try:
            known = httpx.get(f"{self.url}/proxies", timeout=ANSWERS_WITHIN_S, trust_env=False).json()
        except (httpx.HTTPError, ValueError):
            return False
        return set(self._upstream) <= set(known)
