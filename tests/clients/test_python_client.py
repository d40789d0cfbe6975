"""The Python client that openapi-python-client makes of the document: made without a warning, it plays the demo and a
phone's day."""

import sys
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from infra.event_schemas.files import FILES
from tests.chaos.pictures import picture
from tests.clients.programs import python_generator, run
from tests.processes import ServerProcess
from tests.push.gateways import Gateways
from tests.push.said import Asked, Reply

PROGRAMS = Path(__file__).parent / "python"
Play = Callable[..., str]


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Play:
    """Runs a program that has nothing but the client."""
    generator, folder = python_generator(), tmp_path_factory.mktemp("client")
    generate = ["generate", "--path", str(FILES.openapi), "--meta", "none", "--fail-on-warning"]
    path = f"{generator / 'bin'}:/usr/bin:/bin"  # it formats what it makes with the ruff beside it
    command = [sys.executable, "-m", "openapi_python_client", *generate, "--output-path", "photolog_client"]
    run(command, folder, PYTHONPATH=str(generator), PATH=path)
    photo = folder / "photo.jpg"
    photo.write_bytes(picture(0))

    def played(program: str, url: str, *more: str) -> str:
        command = [sys.executable, str(PROGRAMS / program), url, str(photo), *more]
        return run(command, folder, PYTHONPATH=f"{folder}:{generator}")

    return played


def test_a_client_is_made_without_a_warning_and_plays_the_demo(play: Play, server_url: str) -> None:
    assert play("demo.py", server_url).endswith("played\n")


def test_a_phones_day_is_played_by_the_generated_client(
    play: Play, server: ServerProcess, phones: Gateways, tmp_path: Path
) -> None:
    def shows(pushed: Asked) -> Reply:
        """The phone does, for whoever has it in their hands: the program."""
        file = tmp_path / f"{pushed.event_id}.new"
        file.write_bytes(orjson.dumps({"token": pushed.token, **pushed.body}))
        file.rename(file.with_suffix(".json"))
        return Reply()

    phones.apns.answers = shows
    assert play("day.py", server.url, str(server.data / "mail"), str(tmp_path)).endswith("played\n")
