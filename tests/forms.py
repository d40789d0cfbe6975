"""Tests that get better the longer they go on have two forms: a short one in `make test`, a long one in `make chaos`.

The short form shows that the code of the long one works, and that one fault of each kind is survived.
"""

import os

LONG = os.environ.get("PHOTOLOG_CHAOS") == "long"
