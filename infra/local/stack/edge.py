"""The edge: our own command, which runs Varnish before the stack's object store. Started by name."""

import sys
from pathlib import Path

import httpx

from infra.edge.varnish import VARNISH
from infra.local.stack.ports import HOST
from infra.local.stack.server import Launch, Premises
from infra.local.stack.work import Work

ANSWERS_WITHIN_S = 3.0
PHOTOLOG = Path(sys.executable).with_name("photolog")


class EdgeServer:
    """One, for the site without a name on this stack. Its second port shows what it counts."""

    name = "edge"
    artefact = VARNISH

    def __init__(self, site: Premises) -> None:
        self.folder = site.folder / self.name
        self.ports = (site.ports.edge, site.ports.edge_ops)
        self.url = f"http://{HOST}:{site.ports.edge}"
        self._site = site

    def prepare(self, program: Path, work: Work) -> Launch:
        """Its settings are those of a site's process."""
        return Launch([str(PHOTOLOG), "edge"], self.environment())

    def environment(self) -> dict[str, str]:
        """The secret is read from its file, so that the process list does not show it."""
        port, ops_port = self.ports
        return {
            "PHOTOLOG_BACKEND": "cluster",
            "PHOTOLOG_DATA": str(self.folder),
            "PHOTOLOG_HOST": HOST,
            "PHOTOLOG_EDGE_PORT": str(port),
            "PHOTOLOG_OPS_PORT": str(ops_port),
            "PHOTOLOG_S3_ENDPOINT": f"http://{HOST}:{self._site.ports.minio}",
            "PHOTOLOG_SECRET_FILE": str(self._site.credentials.secret),
            "PHOTOLOG_ORIGINS": ",".join(self._site.origins),
        }

    def answers(self) -> bool:
        """Varnish answers by itself: whether the store does is not asked."""
        try:
            return httpx.get(f"{self.url}/healthz", timeout=ANSWERS_WITHIN_S, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False
