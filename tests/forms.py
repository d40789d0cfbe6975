"""Tests that get better the longer they go on have two forms: a short one in `make test`, a long one in `make chaos`.

The short form shows that the code of the long one works, and that one fault of each kind is survived.
"""

import os

import pytest

LONG = os.environ.get("PHOTOLOG_CHAOS") == "long"
ONLY_LONG = pytest.mark.skipif(
    not LONG, reason="its short form has not been seen to pass twice in a row: `make chaos` runs the long one"
)
"""For tests whose short form has passed once and whose length nobody has measured on a quiet machine yet."""
