"""Artefacts that were downloaded or built once, kept in the user's cache folder for every stack and every checkout."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.local.stack.locks import alone
from infra.local.stack.work import Work

COMPLETE = "complete"


@dataclass(frozen=True)
class Cache:
    """A folder of artefacts. An artefact is there only once its marker is: nothing half made is ever used."""

    folder: Path

    def obtain(self, name: str, tool: str, make: Callable[[Path], None], work: Work) -> Path:
        """The artefact's folder; made first, if need be, under another name. One maker per tool at a time."""
        home = self.folder / name
        if (home / COMPLETE).exists():
            return home
        with alone(self.folder / f"{tool}.lock", work):
            if not (home / COMPLETE).exists():
                self._make(home, make)
        return home

    def _make(self, home: Path, make: Callable[[Path], None]) -> None:
        unfinished = self.folder / f"{home.name}.unfinished"
        for leftover in (home, unfinished):
            shutil.rmtree(leftover, ignore_errors=True)
        unfinished.mkdir(parents=True)
        try:
            make(unfinished)
            (unfinished / COMPLETE).write_text("")
            unfinished.rename(home)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
