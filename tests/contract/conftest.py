"""Makes the fixtures of every port's suite known to pytest: each backend that has an adapter is one parameter."""

# Fixtures are found by being names of a conftest; star imports keep the three files free to grow on their own.
import pytest

from tests.contract.fixtures_objects import *  # noqa: F403
from tests.contract.fixtures_read import *  # noqa: F403
from tests.contract.fixtures_write import *  # noqa: F403
from tests.contract.redis_site import *  # noqa: F403


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Both sides choose their backends by suite; pytest asks a conftest once."""
    parametrize_write_side(metafunc)  # noqa: F405
    parametrize_read_side(metafunc)  # noqa: F405
