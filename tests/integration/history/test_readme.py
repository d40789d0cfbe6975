"""The worked example of the README does what it says there."""

import shlex
import shutil
from pathlib import Path

import pytest

from tests.integration.history.commands import photolog_log
from tests.integration.history.story import Story

README = Path(__file__).parents[3] / "README.md"


def commands() -> list[list[str]]:
    lines = README.read_text().splitlines()
    return [shlex.split(line)[2:] for line in lines if line.startswith("photolog log ")]


def test_every_command_of_the_example_works(told: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = shutil.copytree(told.settings.data, tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    said = []
    for words in commands():
        done = photolog_log(data, *words)
        assert done.exit_code == 0, (words, done.output)
        said.append(done.output.split())
    _, growth, wait, _, _, tags = said
    assert "2027-01-15 account.opened 3" in " ".join(growth)
    assert wait[0] == "wait"
    assert tags == ["tag", "likes", "alps", "3", "foehn", "3"]
