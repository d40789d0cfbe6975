"""Apache Kafka, the log: one KRaft node that is broker and controller in one process."""

import asyncio
import base64
import uuid
from pathlib import Path

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from infra.local.stack.artefacts import MavenJars
from infra.local.stack.ports import HOST
from infra.local.stack.rendering import rendered
from infra.local.stack.server import Launch, Premises
from infra.local.stack.tools import java
from infra.local.stack.work import Work

HEAP = "512m"
ANSWERS_WITHIN_S = 3.0


class KafkaServer:
    """One broker. Topics are the application's business."""

    name = "kafka"
    artefact = MavenJars(
        "kafka-4.3.1", ("org.apache.kafka:kafka_2.13:4.3.1", "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4")
    )

    def __init__(self, site: Premises) -> None:
        self.folder = site.folder / self.name
        self.ports = (site.ports.kafka, site.ports.kafka_controller, site.ports.kafka_behind)
        self.url = f"{HOST}:{site.ports.kafka}"
        self._proxy_port = site.ports.kafka_proxy
        self._options = site.thrift.java

    def prepare(self, program: Path, work: Work) -> Launch:
        """Storage is formatted once; the marker comes last, so that a crash in between formats again."""
        config, logging = self.folder / "server.properties", self.folder / "log4j2.properties"
        config.write_text(self.config())
        logging.write_text(rendered("kafka-log4j2.properties"))
        logs = f"-Dlog4j2.configurationFile={logging}"
        run = [java(), f"-Xms{HEAP}", f"-Xmx{HEAP}", *self._options, logs, "-cp", f"{program}/*"]
        formatted = self.folder / "formatted"
        if not formatted.exists():
            cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
            command = [*run, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "--ignore-formatted"]
            work.run("formats its storage", [*command, "--config", str(config)], self.folder / "format.log")
            formatted.write_text(cluster)
        return Launch([*run, "kafka.Kafka", str(config)])

    def config(self) -> str:
        """server.properties."""
        names = ("port", "controller_port", "behind_port")
        ports = {**dict(zip(names, self.ports, strict=True)), "proxy_port": self._proxy_port}
        return rendered("kafka.properties", host=HOST, data=self.folder / "data", **ports)

    def answers(self) -> bool:
        """A broker that the controller has let in names itself in its metadata."""
        return asyncio.run(_has_topics(self.url))


async def _has_topics(address: str) -> bool:
    consumer = AIOKafkaConsumer(bootstrap_servers=address, request_timeout_ms=int(ANSWERS_WITHIN_S * 1000))
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            await consumer.start()
            await consumer.topics()
    except (KafkaError, TimeoutError, OSError):
        return False
    finally:
        await consumer.stop()
    return True
