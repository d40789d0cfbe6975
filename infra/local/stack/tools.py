"""The programs that the stack runs: found on the PATH, or missed with a hint how to get them."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from infra.local.stack.errors import CannotBeHad

HINTS = {
    "java": "apt-get install openjdk-17-jdk-headless, or point JAVA_HOME at a Java 17 development kit",
    "mvn": "apt-get install maven",
    "go": "https://go.dev/dl (1.24 or newer), or apt-get install golang",
    "prometheus": "as root: apt-get install --no-install-recommends prometheus",
    "varnishd": "as root: apt-get install --no-install-recommends varnish-modules",
    "redis-server": "as root: apt-get install --no-install-recommends redis-server",
    "nginx": "as root: apt-get install --no-install-recommends nginx-light",
    "apt-get": "install redis-server 7 with this system's own package tool",
}
JAVA_VERSION = 17
"""The one Java that both Kafka 4 and Cassandra 5 support."""
COMPILER = "jdk.compiler"


def tool(name: str) -> str:
    """The path of a program. Raises CannotBeHad with how to get it."""
    found = shutil.which(name)
    if found is None:
        raise CannotBeHad(f"{name} is missing; how to get it: {HINTS[name]}")
    return found


def java(*, compiles: bool = False) -> str:
    """The Java that the servers run on: of JAVA_HOME if set, else of the PATH. `compiles`: it must run source files.

    Raises CannotBeHad.
    """
    home = os.environ.get("JAVA_HOME")
    program = Path(home, "bin", "java") if home else None
    path = str(program) if program and program.is_file() else tool("java")
    said = subprocess.run([path, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version.group(1)) != JAVA_VERSION:
        first = next((line for line in said.splitlines() if "version" in line), "no version")
        raise CannotBeHad(f"Java {JAVA_VERSION} is needed, but {path} is: {first}; how to get it: {HINTS['java']}")
    modules = (
        subprocess.run([path, "--list-modules"], capture_output=True, text=True, check=False) if compiles else None
    )
    if modules is not None and COMPILER not in modules.stdout:
        raise CannotBeHad(f"{path} has no compiler; how to get it: {HINTS['java']}")
    return path
