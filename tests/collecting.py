"""While tests are collected nothing is looked through for cycles: all that is made then stays, in every process.

Hooks of pytest, which tests/conftest.py makes known. It halves what collecting costs.
"""

import gc

import pytest

from infra.process.cycles import looked_for_seldom

gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """From the first test on as in our processes, but not among what is there by then."""
    gc.freeze()
    looked_for_seldom()
    gc.enable()
