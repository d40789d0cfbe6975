"""Programs that make clients for Python and TypeScript: pinned, got once, kept in the cache folder; how to run one."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from threading import Event

from infra.local.stack.cache import Cache
from infra.local.stack.errors import CannotBeHad
from infra.local.stack.settings import StackSettings
from infra.local.stack.work import Work
from tests.stack import not_here

HERE = Path(__file__).parent
LOCK = HERE / "python" / "requirements.lock"
PACKAGES = (HERE / "typescript" / "package.json", HERE / "typescript" / "package-lock.json")
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"


def python_generator() -> Path:
    """The folder with openapi-python-client and all that it and its clients need. Skips where it cannot be had."""
    uv = str(Path(sys.executable).with_name("uv"))

    def get(into: Path, work: Work) -> None:
        install = [uv, "pip", "install", "--require-hashes", "--python", sys.executable, "--target", str(into)]
        work.run("gets openapi-python-client", [*install, "--requirement", str(LOCK)], into / "log")

    return _got("openapi-python-client", f"{PYTHON}-{_digest(LOCK)}", get)


def typescript_generator() -> Path:
    """The folder whose node_modules have openapi-typescript and tsc. Skips where it cannot be had."""

    def get(into: Path, work: Work) -> None:
        npm = shutil.which("npm")
        if npm is None:
            raise CannotBeHad("npm is missing: apt-get install npm")
        for file in PACKAGES:
            shutil.copy(file, into)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(into)]
        work.run("gets openapi-typescript", command, into / "log")

    return _got("openapi-typescript", _digest(*PACKAGES), get)


def run(command: list[str], folder: Path, **environment: str) -> str:
    """What a program prints. Fails with it where the program fails."""
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=600
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def _got(name: str, version: str, get: Callable[[Path, Work], None]) -> Path:
    cache = Cache(StackSettings().cache.expanduser())
    work = Work(name, lambda who, text: print(f"{who}: {text}"), Event())
    try:
        return cache.obtain(f"{name}-{version}", name, lambda into: get(into, work), work)
    except CannotBeHad as missing:
        not_here(str(missing))


def _digest(*files: Path) -> str:
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
