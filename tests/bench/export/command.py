"""`photolog log export` as a process of its own: run to its end, or killed on its way; and what it has left behind."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

LOOK_S = 0.05
AS_INSTALLED = """
import sys

class Without:
    def find_spec(name, path=None, target=None):
        if name == "pandas":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Without)
from infra.cli import main
main()
"""
"""As `photolog[analysts]` is installed: without pandas, which pyarrow imports wherever it finds it, for 40 MB."""


def exported(settings: Mapping[str, str], folder: Path) -> dict[str, Any]:
    """One run of the command."""
    began = time.perf_counter()
    with subprocess.Popen(command(folder), stdout=subprocess.DEVNULL, env={**os.environ, **settings}) as run:
        memory = 0
        while not (ended := os.wait4(run.pid, os.WNOHANG))[0]:
            memory = max(memory, most_memory(run.pid))
            time.sleep(LOOK_S)
        _, status, used = ended
        run.returncode = os.waitstatus_to_exitcode(status)
    assert run.returncode == 0
    size = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
    cpu = used.ru_utime + used.ru_stime
    return {
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(cpu, 1),
        "most_memory_mb": memory,
        "parquet_mb": round(size / 1024**2, 1),
    }


def most_memory(pid: int) -> int:
    """What a process has had resident at most so far, in MB. What wait4 says counts who started it, too."""
    said = re.search(r"^VmHWM:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return round(int(said[1]) / 1024) if said else 0  # who has just ended has no memory


def killed(settings: Mapping[str, str], folder: Path, after_s: float) -> None:
    """A run that gets no further than that."""
    with subprocess.Popen(command(folder), stdout=subprocess.DEVNULL, env={**os.environ, **settings}) as run:
        try:
            run.wait(after_s)
        except subprocess.TimeoutExpired:
            run.kill()


def command(folder: Path) -> list[str | Path]:
    return [sys.executable, "-c", AS_INSTALLED, "log", "export", "--to", folder]


def event_ids(folder: Path) -> list[str]:
    """Of all rows, in order."""
    return sorted(ds.dataset(folder / "events").to_table(columns=["event_id"]).column(0).to_pylist())


def segments(folder: Path) -> int:
    """How many the manifest names, if there is one already."""
    file = folder / "manifest.json"
    return len(json.loads(file.read_bytes())["segments"]) if file.exists() else 0
