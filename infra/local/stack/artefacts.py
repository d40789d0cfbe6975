"""Where the servers' programs come from: Maven Central, the Go module proxy, and Debian; versions pinned by callers."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from string import Template
from typing import Protocol

from infra.local.stack.cache import Cache
from infra.local.stack.errors import CannotBeHad
from infra.local.stack.locks import alone
from infra.local.stack.rendering import rendered
from infra.local.stack.tools import HINTS, tool
from infra.local.stack.work import Work

COPY_JARS = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
DEPENDENCY = Template(
    "<dependency><groupId>$group</groupId><artifactId>$artefact</artifactId><version>$version</version></dependency>"
)


class Artefact(Protocol):
    """A program that a server needs."""

    def obtain(self, cache: Cache, work: Work) -> Path:
        """Its place on this machine, fetched first if need be. Raises CannotBeHad, Stopped."""
        ...


@dataclass(frozen=True)
class MavenJars:
    """Jars with all they depend on; each is checked against the checksum that the repository gives."""

    name: str
    coordinates: tuple[str, ...]

    def obtain(self, cache: Cache, work: Work) -> Path:
        """The folder that holds the jars."""
        return cache.obtain(self.name, "mvn", lambda into: self._copy(into, work), work)

    def _copy(self, into: Path, work: Work) -> None:
        parts = (dict(zip(("group", "artefact", "version"), one.split(":"), strict=True)) for one in self.coordinates)
        pom = into / "pom.xml"
        pom.write_text(rendered("pom.xml", dependencies="".join(DEPENDENCY.substitute(part) for part in parts)))
        flags = ["--batch-mode", "--no-transfer-progress", "--strict-checksums"]
        command = [tool("mvn"), *flags, "--file", str(pom), COPY_JARS, f"-DoutputDirectory={into}"]
        work.run(f"downloads {self.name} from Maven Central", command, into / "log")


@dataclass(frozen=True)
class GoProgram:
    """A program built from a Go module, whose checksum Go verifies against its public database."""

    name: str
    module: str
    version: str

    def obtain(self, cache: Cache, work: Work) -> Path:
        """The program's file."""
        return cache.obtain(self.name, "go", lambda into: self._build(into, work), work) / Path(self.module).name

    def _build(self, into: Path, work: Work) -> None:
        """Go's own caches grow to gigabytes for one build, so they live in the unfinished folder and go with it."""
        caches = into / "caches"
        environment = {
            "GOBIN": str(into),
            "GOPATH": str(caches),
            "GOMODCACHE": str(caches / "modules"),
            "GOCACHE": str(caches / "build"),
            "GOFLAGS": f"{os.environ.get('GOFLAGS', '')} -modcacherw".strip(),
        }
        command = [tool("go"), "install", "-trimpath", "-ldflags=-s -w", f"{self.module}@{self.version}"]
        work.run(f"builds {self.name} from the Go module proxy (some minutes)", command, into / "log", environment)
        shutil.rmtree(caches)


@dataclass(frozen=True)
class DebianPackage:
    """A program of a Debian package. It is the system's own, so only root can add it."""

    package: str
    program: str

    def obtain(self, cache: Cache, work: Work) -> Path:
        """The program's file."""
        found = which(self.program)
        if found is None and os.geteuid() == 0:
            with alone(cache.folder / "apt.lock", work):  # apt-get itself does not wait for another, it fails
                if which(self.program) is None:
                    self._install(cache.folder / f"{self.package}.log", work)
            found = which(self.program)
        if found is None:
            raise CannotBeHad(f"{self.program} is missing; how to get it: {HINTS[self.program]}")
        return Path(found)

    def _install(self, log: Path, work: Work) -> None:
        environment = {"DEBIAN_FRONTEND": "noninteractive"}
        work.run("refreshes Debian's package lists", [tool("apt-get"), "update"], log, environment)
        command = [tool("apt-get"), "install", "--yes", "--no-install-recommends", self.package]
        work.run(f"installs Debian's {self.package}", command, log, environment)
