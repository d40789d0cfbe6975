"""A site with low numbers: two followers make a celebrity, one follows three accounts and has two bells."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.photolog_here import photolog

CAP, BELLS = 3, 2
SETTINGS = {
    "PHOTOLOG_ACCOUNT_FOLLOWEES": str(CAP),
    "PHOTOLOG_ACCOUNT_BELLS": str(BELLS),
    "PHOTOLOG_CELEBRITY_FOLLOWERS": "2",
    "PHOTOLOG_AUTHOR_PARTS": "4",
}


@dataclass(frozen=True)
class LowSite:
    """Where it is served, and what an operator's command needs to find it."""

    url: str
    environment: Mapping[str, str]

    def photolog(self, *arguments: str) -> Any:
        """What an operator is told."""
        done = photolog(self.environment, "feed", *arguments, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def why(self, account: str, post: str) -> tuple[str, list[str]]:
        """Whether a post is in a feed, and by which reasons."""
        (told,) = self.photolog("inspect", account, post)["posts"]
        return told["answer"], [reason["code"] for reason in told["because"]]

    def spans(self, account: str) -> list[tuple[bool, bool]]:
        """Of an account, whether each has ended, and is settled."""
        found = [one for one in self.photolog("celebrity", "list") if one["account_id"] == account]
        return [(span["until"] is not None, span["settled"]) for one in found for span in one["spans"]]
