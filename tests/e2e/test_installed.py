"""The package as somebody gets it who has no checkout: a wheel, installed in an empty environment, run anywhere."""

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.ports import free_ports

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
    "packages"
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    told("build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


def told(*words: str | Path) -> None:
    """Has uv do something; what it says if it does not."""
    done = subprocess.run([UV, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_wheel_has_every_file_of_the_packages(wheel: Path) -> None:
    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file())
    here = {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
    with zipfile.ZipFile(wheel) as archive:
        assert here - set(archive.namelist()) == set()


def test_an_installed_wheel_plays_the_demo_anywhere(wheel: Path, tmp_path: Path) -> None:
    python, elsewhere = tmp_path / "venv/bin/python", tmp_path / "elsewhere"
    elsewhere.mkdir()
    told("venv", "--quiet", "--python", sys.executable, tmp_path / "venv")
    told("pip", "install", "--quiet", "--python", python, "--constraint", ROOT / "requirements.lock", wheel)
    port, ops_port = free_ports(2)
    settings = {"PHOTOLOG_PORT": str(port), "PHOTOLOG_OPS_PORT": str(ops_port)}
    run = subprocess.run(
        [python.with_name("photolog"), "run", "--exit"],
        cwd=elsewhere,
        env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert (elsewhere / ".photolog/log.sqlite").exists()
