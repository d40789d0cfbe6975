"""versitygw, another S3 server, on a folder: tests hold the object store's adapter to what is not MinIO's alone.

Started by name. Built from its Go module.
"""

from pathlib import Path

from infra.local.stack.artefacts import GoProgram
from infra.local.stack.ports import HOST
from infra.local.stack.s3_probe import lists_buckets
from infra.local.stack.server import Launch, Premises
from infra.local.stack.work import Work


class VersitygwServer:
    """One gateway. Its users, but for the root that MinIO has too, are kept in a folder."""

    name = "versitygw"
    artefact = GoProgram("versitygw-1.8.0", "github.com/versity/versitygw/cmd/versitygw", "v1.8.0")

    def __init__(self, site: Premises) -> None:
        self.folder = site.folder / self.name
        self.ports = (site.ports.versitygw,)
        self.address = f"{HOST}:{site.ports.versitygw}"
        self.url = f"http://{self.address}"
        self._site = site

    def prepare(self, program: Path, work: Work) -> Launch:
        """Attributes stand in files beside the objects: not every file system has room for them in its own."""
        for name in ("data", "users", "attributes"):
            (self.folder / name).mkdir(exist_ok=True)
        options = ["--port", self.address, "--quiet", "--iam-dir", str(self.folder / "users")]
        serve = ["posix", "--sidecar", str(self.folder / "attributes"), str(self.folder / "data")]
        return Launch([str(program), *options, *serve], self.environment())

    def environment(self) -> dict[str, str]:
        """It takes its root's password from nowhere but here and its options, which the process list would show."""
        credentials = self._site.credentials
        return {
            "ROOT_ACCESS_KEY": credentials.s3_admin_user,
            "ROOT_SECRET_KEY": credentials.s3_admin_password.read_text(),
        }

    def answers(self) -> bool:
        """Lists buckets as root."""
        return lists_buckets(self.address, self._site.credentials)
