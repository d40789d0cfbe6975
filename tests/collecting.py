"""While tests are collected nothing is looked through for cycles: all that is made then stays, in every process.

Hooks of pytest, which tests/conftest.py makes known. It halves what collecting costs.
"""

import gc

import pytest

gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """From the first test on as usual, but for what is there by then."""
    gc.freeze()
    gc.enable()
