"""One site for all tests here, told once; nobody changes it."""

import asyncio

import pytest

from tests.integration.history.story import Story, tell


@pytest.fixture(scope="package")
def told(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return asyncio.run(tell(tmp_path_factory.mktemp("told")))
