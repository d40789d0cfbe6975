"""Real servers for end-to-end tests, and their people. Every test runs on both backends: embedded, and a cluster site.

All modules share a server for the API's contract, or a test has a fresh one; `-m "not cluster"` leaves the cluster out.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count

import httpx
import pytest
import pytest_asyncio

from infra.local.site import LocalSite
from infra.local.stack.stack import Stack
from tests.callers import caller
from tests.e2e.mailbox import Mailbox
from tests.e2e.people import Person
from tests.processes import ServerProcess, running_server
from tests.push.gateways import Gateways, gateways
from tests.sites import running_site

MakePerson = Callable[[str], Person]
BACKENDS = ("embedded", pytest.param("cluster", marks=pytest.mark.cluster))
NUMBERS = count(1)
"""Of people: one server serves every module, so that nobody may have the same name twice."""


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Where everything is kept."""
    return str(request.param)


@pytest.fixture
def server_url(backend: str, request: pytest.FixtureRequest) -> str:
    """A server with nothing on it."""
    return str(request.getfixturevalue(f"fresh_{backend}_url"))


@pytest.fixture(scope="module")
def shared_url(backend: str, request: pytest.FixtureRequest) -> str:
    """A server that the tests of a module, or more, share: each brings accounts of its own."""
    return str(request.getfixturevalue(f"shared_{backend}_url"))


@pytest.fixture(scope="module")
def uploads_url(backend: str, shared_url: str, request: pytest.FixtureRequest) -> str:
    """Where photos are sent to: the embedded server takes them itself."""
    return shared_url if backend == "embedded" else request.getfixturevalue("stack").environment["PHOTOLOG_S3_ENDPOINT"]


@pytest.fixture
async def fresh_embedded_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async with running_server(tmp_path_factory.mktemp("fresh") / "data") as server:
        yield server.url


@pytest.fixture
async def fresh_cluster_url(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async with running_site(stack.environment, tmp_path_factory.mktemp("fresh")) as site:
        yield site.url


@pytest.fixture(scope="session")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateways]:
    """Where shared servers push to."""
    with gateways(tmp_path_factory.mktemp("gateways")) as opened:
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_embedded(tmp_path_factory: pytest.TempPathFactory, phones: Gateways) -> AsyncIterator[ServerProcess]:
    """One server for all modules, as of the site: to start either takes seconds."""
    async with running_server(tmp_path_factory.mktemp("shared") / "data", phones.environment) as server:
        yield server


@pytest.fixture(scope="session")
def shared_embedded_url(shared_embedded: ServerProcess) -> str:
    return shared_embedded.url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_cluster(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory, phones: Gateways
) -> AsyncIterator[LocalSite]:
    async with running_site({**stack.environment, **phones.environment}, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="session")
def shared_cluster_url(shared_cluster: LocalSite) -> str:
    return shared_cluster.url


@pytest.fixture(scope="module")
def mailbox(backend: str, shared_url: str, request: pytest.FixtureRequest) -> Mailbox:
    """Where the shared server puts its mails."""
    server = request.getfixturevalue(f"shared_{backend}")
    return Mailbox((server.data if backend == "embedded" else server.folder) / "mail")


@pytest.fixture(scope="module")
def http(shared_url: str) -> Iterator[httpx.Client]:
    """A client without any rights: a stranger."""
    with caller(shared_url) as client:
        yield client


@pytest.fixture(scope="module")
def people(http: httpx.Client) -> MakePerson:
    """Signs somebody up whose username begins like this, and logs them in."""

    def sign_up(name: str) -> Person:
        return Person.signed_up(http, f"{name}{next(NUMBERS)}")

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
