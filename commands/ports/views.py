"""Views: who has seen which posts, for analysts. Appended by POST /views; nothing decides by them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson

from schemas.ids import Millis

KEPT_MS = 90 * 86_400_000
"""For how long views are kept."""


@dataclass(frozen=True)
class Viewed:
    """What one viewer reports at once. `viewer` is a pseudonym; `views` are JSON."""

    viewer: str
    at: Millis
    views: Sequence[Mapping[str, object]]

    @property
    def wire(self) -> bytes:
        """As it is stored: whole in itself."""
        return orjson.dumps({"at": self.at, "viewer": self.viewer, "views": self.views})


class ViewLog(Protocol):
    """Kept for KEPT_MS, apart from the log: it is no truth, nobody's command waits for it, and it ends."""

    async def append(self, viewed: Viewed) -> None:
        """Returns once it is durable; in the order of one viewer's calls. After an error it may be there, also twice.
        Raises Unavailable or StorageFull."""
