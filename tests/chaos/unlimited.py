"""Settings of sites under load: a few accounts change a few things more often than anybody does."""

from tests.unlimited import RATES

UNLIMITED = {"PHOTOLOG_EDITS_PER_HOUR": "1000000", **RATES}
