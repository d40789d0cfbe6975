"""Real servers for end-to-end tests: one a module for the API's contract, or a fresh one a test; and their people."""

from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count

import httpx
import pytest
import pytest_asyncio

from tests.e2e.people import Person
from tests.processes import running_server

MakePerson = Callable[[str], Person]


@pytest.fixture
async def server_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A server with nothing on it."""
    async with running_server(tmp_path_factory.mktemp("fresh") / "data") as server:
        yield server.url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A server that the tests of a module share: each brings accounts of its own."""
    async with running_server(tmp_path_factory.mktemp("shared") / "data") as server:
        yield server.url


@pytest.fixture(scope="module")
def http(shared_url: str) -> Iterator[httpx.Client]:
    """A client without any rights: a stranger."""
    with httpx.Client(base_url=shared_url, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def people(http: httpx.Client) -> MakePerson:
    """Signs somebody up whose username begins like this, and logs them in."""
    numbers = count(1)

    def sign_up(name: str) -> Person:
        return Person.signed_up(http, f"{name}{next(numbers)}")

    return sign_up


@pytest.fixture
def ann(people: MakePerson) -> Person:
    """Somebody new."""
    return people("Ann")


@pytest.fixture
def ben(people: MakePerson) -> Person:
    """Somebody else."""
    return people("ben")


@pytest.fixture(scope="module")
def eve(people: MakePerson) -> Person:
    """A bystander, the same for a whole module: of whom nothing is expected."""
    return people("eve")
