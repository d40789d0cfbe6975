"""The versions of a projection: which are kept, how each stands, and which is live. Part of the site's state (site.py).

`name@vN` owns its positions and its tables. A number is never used again: what is still said of an old one is said of
nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from schemas.errors import PhotologError


class Refused(PhotologError):
    """An order that cannot be carried out, and why. For operators, never for clients."""

    code, status, title = "refused", 409, "This cannot be ordered now"


class Standing(StrEnum):
    """What goes on with a version."""

    BUILDING = "building"
    """Replayed in bulk by whoever rebuilds it."""
    FOLLOWING = "following"
    """Fed by the site's processors, whether or not it is live."""
    PAUSED = "paused"
    """Fed by nobody, so that it can be compared with the log."""


@dataclass(frozen=True)
class Versions:
    """Of one projection."""

    live: int = 1
    """What queries are answered from."""
    kept: Mapping[int, Standing] = field(default_factory=lambda: {1: Standing.FOLLOWING})
    verified: frozenset[int] = frozenset()
    """Those that equalled an independent fold of the log."""
    next: int = 2
    """The number of the next."""
    before: int | None = None
    """What was live before: where a rollback goes."""

    @property
    def candidate(self) -> int | None:
        """The newest that is not live."""
        return max((version for version in self.kept if version > self.live), default=None)

    @property
    def said(self) -> Mapping[str, Any]:
        """As JSON has it."""
        kept = {str(version): standing for version, standing in self.kept.items()}
        return {
            "live": self.live,
            "kept": kept,
            "verified": sorted(self.verified),
            "next": self.next,
            "before": self.before,
        }

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "Versions":
        """From JSON."""
        kept = {int(version): Standing(standing) for version, standing in said["kept"].items()}
        return cls(said["live"], kept, frozenset(said["verified"]), said["next"], said["before"])

    def begun(self) -> "Versions":
        """With a new version, which is built; the one that is being built already, if there is one."""
        if Standing.BUILDING in self.kept.values():
            return self
        return replace(self, kept={**self.kept, self.next: Standing.BUILDING}, next=self.next + 1)

    def standing(self, version: int, standing: Standing) -> "Versions":
        """A version goes on otherwise. Raises Refused for one that is not kept, and where the live one would stop."""
        self._check(version)
        if version == self.live and standing is not Standing.FOLLOWING:
            raise Refused(f"version {version} is live: it is what queries are answered from")
        return replace(self, kept={**self.kept, version: standing})

    def found(self, version: int, right: bool) -> "Versions":
        """Compared with the log: equal, or not any more."""
        self._check(version)
        return replace(self, verified=self.verified | {version} if right else self.verified - {version})

    def switched(self, version: int) -> "Versions":
        """Another is live. Raises Refused for one that is not fed, or that nobody has compared with the log."""
        self._check(version)
        if version == self.live:
            raise Refused(f"version {version} is live already")
        if self.kept[version] is not Standing.FOLLOWING:
            raise Refused(f"version {version} is {self.kept[version]}: it must follow the log")
        if version > self.live and version not in self.verified:
            raise Refused(f"version {version} is not verified")
        return replace(self, live=version, before=self.live)

    def dropped(self, version: int) -> "Versions":
        """Without a version. Raises Refused for the live one."""
        self._check(version)
        if version == self.live:
            raise Refused(f"version {version} is live")
        kept = {one: standing for one, standing in self.kept.items() if one != version}
        before = None if self.before == version else self.before
        return replace(self, kept=kept, verified=self.verified - {version}, before=before)

    def _check(self, version: int) -> None:
        if version not in self.kept:
            kept = ", ".join(map(str, sorted(self.kept)))
            raise Refused(f"there is no version {version}: there are {kept}")


def name_of(subscriber: str) -> str:
    """A subscriber's name without its version."""
    return subscriber.partition("@")[0]


def id_of(name: str, version: int) -> str:
    """Under which a version's positions are kept."""
    return f"{name}@v{version}"
