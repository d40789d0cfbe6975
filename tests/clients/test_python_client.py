"""The Python client that openapi-python-client makes of the document: made without a warning, it plays the demo."""

import sys
from pathlib import Path

import pytest

from infra.event_schemas.files import FILES
from tests.chaos.pictures import picture
from tests.clients.programs import python_generator, run

DEMO = Path(__file__).parent / "python" / "demo.py"


@pytest.fixture(scope="module")
def generator() -> Path:
    return python_generator()


def test_a_client_is_made_without_a_warning_and_plays_the_demo(
    generator: Path, server_url: str, tmp_path: Path
) -> None:
    generate = ["generate", "--path", str(FILES.openapi), "--meta", "none", "--fail-on-warning"]
    path = f"{generator / 'bin'}:/usr/bin:/bin"  # it formats what it makes with the ruff beside it
    command = [sys.executable, "-m", "openapi_python_client", *generate, "--output-path", "photolog_client"]
    run(command, tmp_path, PYTHONPATH=str(generator), PATH=path)

    photo = tmp_path / "photo.jpg"
    photo.write_bytes(picture(0))
    said = run([sys.executable, str(DEMO), server_url, str(photo)], tmp_path, PYTHONPATH=f"{tmp_path}:{generator}")
    assert said.endswith("played\n")
