"""One site for all tests here, told once, and what others make of it; nobody changes any of them."""

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.integration.history.archives import archived, newest, taken_at, without_its_beginning
from tests.integration.history.commands import photolog_log
from tests.integration.history.story import Story, tell


@pytest.fixture(scope="package")
def told(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return asyncio.run(tell(tmp_path_factory.mktemp("told")))


@pytest.fixture(scope="package")
def folder(told: Story, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of it."""
    target = tmp_path_factory.mktemp("exports") / "export"
    assert photolog_log(told.settings.data, "export", "--to", target).exit_code == 0
    return target


@pytest.fixture(scope="package")
def whole(told: Story, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with a third of its log archived, and then another third."""
    data = shutil.copytree(told.settings.data, tmp_path_factory.mktemp("whole") / "data")
    first = archived(data, "--before", taken_at(data, 1 / 3))
    second = archived(data, "--before", taken_at(data, 2 / 3))
    assert 0 < first["events"] < second["events"] < len(told.told) + len(told.repeated)
    assert second["segments"] > len(newest(data).by_partition), "some partition has several"
    return data


@pytest.fixture(scope="package")
def cut(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return without_its_beginning(shutil.copytree(whole, tmp_path_factory.mktemp("cut") / "data"))
