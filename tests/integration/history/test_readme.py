"""The worked examples of the README do what it says there: commands, a program, and a picture."""

import re
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image

from tests.integration.history.commands import photolog_log
from tests.integration.history.story import ANN, BEN, Story

README = (Path(__file__).parents[3] / "README.md").read_text()
PROGRAM, PICTURE = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
COMMANDS = [shlex.split(line)[2:] for line in README.splitlines() if line.startswith("photolog log ")]


def shades(file: Path) -> Mapping[int, int]:
    """How many points of a picture have each shade of grey."""
    with Image.open(file) as picture:
        assert picture.format == "PNG"
        return {shade: number for shade, number in enumerate(picture.convert("L").histogram()) if number}


def test_every_command_of_the_example_works_and_a_picture_is_drawn(
    told: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = shutil.copytree(told.settings.data, tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    said = []
    for words in COMMANDS:
        done = photolog_log(data, *words)
        assert done.exit_code == 0, (words, done.output)
        said.append(done.output.split())
    _, growth, wait, _, names, _, tags = said
    assert "2027-01-15 account.opened 3" in " ".join(growth)
    assert (wait[0], names[:2]) == ("wait", ["username", "gained"])
    assert tags == ["tag", "likes", "alps", "3", "foehn", "3"]
    drawn: dict[str, object] = {}
    exec(PICTURE, drawn)  # what the README says
    assert [(account, n) for account, _, n in drawn["rows"]] == [(ANN, 1), (ANN, 2), (ANN, 1)]  # type: ignore[attr-defined]
    assert len(shades(tmp_path / "growth.png")) > 10, "there is something to be seen"


def test_the_program_of_the_example_works(
    told: Story, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PHOTOLOG_DATA", str(told.settings.data))
    known: dict[str, object] = {}
    exec(PROGRAM, known)
    assert ANN in capsys.readouterr().out
    assert set(known["likes"]["account_id"]) >= {ANN, BEN}  # type: ignore[index]
