"""Apache Cassandra, the CQL server: stands in for ScyllaDB, which comes as a container or a distribution only."""

import os
from pathlib import Path
from shutil import which

from infra.local.stack.artefacts import MavenJars
from infra.local.stack.cql_probe import cql_answers
from infra.local.stack.ports import HOST
from infra.local.stack.rendering import rendered
from infra.local.stack.server import ONE_COLLECTOR, Launch, Premises
from infra.local.stack.tools import java
from infra.local.stack.work import Work

FORGETS_SCHEMAS = "-Dcassandra.unsafesystem=true"
"""Without a flush of its own tables after each change of a schema, a third of such a change: a crash loses the last."""
UNWATCHED = "-Dorg.apache.cassandra.disable_mbean_registration=true"
"""Nothing of it can be asked for by JMX: what each table offers there is 0.15 MB of a heap."""
BY_THE_MEGABYTE, CELL_BY_CELL = "heap_buffers", "unslabbed_heap_buffers"
"""How a table that is written to takes memory: Cassandra's own way has no room for hundreds with a few rows each."""


class CassandraServer:
    """One node that owns the whole ring."""

    name = "cql"
    artefact = MavenJars("cassandra-5.0.9", ("org.apache.cassandra:cassandra-all:5.0.9",))

    def __init__(self, site: Premises) -> None:
        self.folder = site.folder / self.name
        self.ports = (site.ports.cql, site.ports.cql_storage)
        self.url = f"{HOST}:{site.ports.cql}"
        self._options, self._whole = site.thrift.java, site.thrift.whole

    def prepare(self, program: Path, work: Work) -> Launch:
        """The jars come without a configuration: all of it is written here."""
        config, arguments, logging = (self.folder / name for name in ("cassandra.yaml", "jvm.args", "logback.xml"))
        config.write_text(self.config())
        arguments.write_text(rendered("cassandra.args"))
        logging.write_text(rendered("cassandra-logback.xml"))
        data = self.folder / "data"
        agent = next(program.glob("jamm-*.jar"))
        options = [
            f"@{arguments}",
            *(self._options or [ONE_COLLECTOR]),
            f"-javaagent:{agent}",
            f"-Dcassandra.config={config.as_uri()}",
            f"-Dcassandra.storagedir={data}",
            f"-Dcassandra.logdir={data / 'log'}",
            f"-Dlogback.configurationFile={logging}",
            *([FORGETS_SCHEMAS, UNWATCHED] if self._whole else []),
        ]
        daemon = ["-cp", f"{program}/*", "org.apache.cassandra.service.CassandraDaemon"]
        return Launch([*_unlocked_memory(), java(), *options, *daemon])

    def config(self) -> str:
        """cassandra.yaml."""
        port, storage_port = self.ports
        memtables = CELL_BY_CELL if self._whole else BY_THE_MEGABYTE
        return rendered("cassandra.yaml", host=HOST, port=port, storage_port=storage_port, memtables=memtables)

    def answers(self) -> bool:
        """A row of a system table."""
        return cql_answers(HOST, self.ports[0], "SELECT release_version FROM system.local")


def _unlocked_memory() -> list[str]:
    """Root may pin memory, and Cassandra would pin its whole heap: slow to start, and more than a laptop gives."""
    setpriv = which("setpriv") if os.geteuid() == 0 else None
    return [setpriv, "--inh-caps", "-ipc_lock", "--bounding-set", "-ipc_lock"] if setpriv else []
