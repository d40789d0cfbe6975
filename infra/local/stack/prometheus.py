"""Prometheus: a look at the metrics of the site on this machine, with the alert rules. Started by name."""

from pathlib import Path

import httpx

from infra.local.stack.artefacts import DebianPackage
from infra.local.stack.ports import HOST
from infra.local.stack.rendering import rendered
from infra.local.stack.server import Launch, Premises
from infra.local.stack.work import Work
from infra.monitoring import ALERTS

ANSWERS_WITHIN_S = 3.0
TARGETS = "targets.json"
"""In the folder `site` beside the stack's: where its processes answer operators; `photolog cluster` writes it."""


class PrometheusServer:
    """One, with a page at its URL that graphs anything and shows what alerts."""

    name = "prometheus"
    artefact = DebianPackage("prometheus", "prometheus")

    def __init__(self, site: Premises) -> None:
        self.folder = site.folder / self.name
        self.ports = (site.ports.prometheus,)
        self.url = f"http://{HOST}:{site.ports.prometheus}"
        self._targets = site.folder.parent / "site" / TARGETS

    def prepare(self, program: Path, work: Work) -> Launch:
        """Its file, and the folder for its data."""
        config = self.folder / "prometheus.yml"
        config.write_text(self.config())
        place = f"--web.listen-address={HOST}:{self.ports[0]}"
        return Launch([str(program), f"--config.file={config}", f"--storage.tsdb.path={self.folder / 'data'}", place])

    def config(self) -> str:
        """prometheus.yml. An embedded server answers on the port that is the default."""
        place = f"{HOST}:{self.ports[0]}"
        return rendered("prometheus.yml", own=place, alerts=ALERTS, targets=self._targets, embedded=f"{HOST}:8081")

    def answers(self) -> bool:
        """Has read its configuration and its data."""
        try:
            return httpx.get(f"{self.url}/-/ready", timeout=ANSWERS_WITHIN_S, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False
