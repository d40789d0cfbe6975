"""Tests that get better the longer they go on have two forms: a short one in `make test`, a long one in `make chaos`.

The short form shows that the code of the long one works, and that one fault of each kind is survived.
"""

import os

import pytest

LONG = os.environ.get("PHOTOLOG_CHAOS") == "long"
ONLY_LONG = pytest.mark.skipif(
    not LONG, reason="`make test` has no time for its short form: `make chaos` runs the long one"
)
"""For tests that need a stack of their own, or two of each process: minutes of both processors, even in short."""
