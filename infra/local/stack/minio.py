"""MinIO, the object store: built from its Go module; tells Kafka about uploads."""

from pathlib import Path

from infra.local.stack.artefacts import GoProgram
from infra.local.stack.ports import HOST
from infra.local.stack.s3_probe import lists_buckets
from infra.local.stack.server import Launch, Premises
from infra.local.stack.work import Work

UPLOADS_TOPIC = "photolog.uploads"
DIRECT, QUEUED = "DIRECT", "QUEUED"
"""Notification targets `arn:minio:sqs::DIRECT:kafka` (milliseconds, lost while the broker is down) and `...QUEUED...`
(seconds late, survives crashes): both go to one topic, and readers drop the doubles."""


class MinioServer:
    """One server on one folder."""

    name = "minio"
    artefact = GoProgram("minio-2026-02-12", "github.com/minio/minio", "v0.0.0-20260212201848-7aac2a2c5b7c")

    def __init__(self, site: Premises) -> None:
        self.folder = site.folder / self.name
        self.ports = (site.ports.minio,)
        self.url = f"http://{HOST}:{site.ports.minio}"
        self._site = site

    def prepare(self, program: Path, work: Work) -> Launch:
        """Its whole configuration is its environment."""
        for name in ("data", "config", "queue"):
            (self.folder / name).mkdir(exist_ok=True)
        options = ["--quiet", "--config-dir", str(self.folder / "config")]
        serve = ["server", "--address", f"{HOST}:{self.ports[0]}", str(self.folder / "data")]
        return Launch([str(program), *options, *serve], self.environment())

    def environment(self) -> dict[str, str]:
        """The password is read from its file, so that the process list does not show it."""
        return {
            "MINIO_ROOT_USER": self._site.credentials.s3_admin_user,
            "MINIO_ROOT_PASSWORD_FILE": str(self._site.credentials.s3_admin_password),
            "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
            "MINIO_CALLHOME_ENABLE": "off",
            "MINIO_API_STALE_UPLOADS_EXPIRY": "168h",
            "MINIO_API_STALE_UPLOADS_CLEANUP_INTERVAL": "6h",
            "MINIO_API_CORS_ALLOW_ORIGIN": ",".join(self._site.origins),
            "GOMEMLIMIT": "384MiB",
            **self._notifies(DIRECT),
            **self._notifies(QUEUED),
            f"MINIO_NOTIFY_KAFKA_QUEUE_DIR_{QUEUED}": str(self.folder / "queue"),
        }

    def _notifies(self, target: str) -> dict[str, str]:
        return {
            f"MINIO_NOTIFY_KAFKA_ENABLE_{target}": "on",
            f"MINIO_NOTIFY_KAFKA_BROKERS_{target}": f"{HOST}:{self._site.ports.kafka}",
            f"MINIO_NOTIFY_KAFKA_TOPIC_{target}": UPLOADS_TOPIC,
        }

    def answers(self) -> bool:
        """Lists buckets as root."""
        return lists_buckets(f"{HOST}:{self.ports[0]}", self._site.credentials)
