"""What the lock said before, as git remembers it: what gate.py holds today's lock against.

On the main line every commit's lock counts; on a branch those up to where it left the main line, so that a version may
still be reshaped until it is merged. A copy without git has no past, and a shallow clone only a short one.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from infra.event_schemas import lock
from infra.event_schemas.files import Files
from infra.event_schemas.lock import Lock

MAIN = ("origin/main", "main")
"""What the main line may be called here."""


@dataclass(frozen=True)
class Past:
    """Earlier locks, newest first, by commit; and how far back they go, in words."""

    locks: dict[str, Lock]
    reach: str


def past(files: Files) -> Past:
    """Every lock that git remembers of the main line."""
    folder = files.root
    if _git(folder, "rev-parse", "--verify", "--quiet", "HEAD") is None:
        return Past({}, "nothing: no git history here")
    start = _where_we_left_main(folder)
    path = files.lock.name
    commits = (_git(folder, "log", "--first-parent", "--format=%h", start, "--", path) or "").split()
    found = {commit: _git(folder, "show", f"{commit}:./{path}") for commit in commits}
    locks = {commit: lock.read(content) for commit, content in found.items() if content is not None}
    shallow = _git(folder, "rev-parse", "--is-shallow-repository") == "true"
    cut = ", cut short: a shallow clone" if shallow else ""
    return Past(locks, f"{len(locks)} earlier locks up to {start[:10]}{cut}")


def _where_we_left_main(folder: Path) -> str:
    """The last commit on the main line, or HEAD where no branch is known to be it."""
    for name in MAIN:
        if base := _git(folder, "merge-base", "HEAD", name):
            return base
    return _git(folder, "rev-parse", "HEAD") or "HEAD"


def _git(folder: Path, *arguments: str) -> str | None:
    """What git says, or None if it has nothing to say or is not there."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
