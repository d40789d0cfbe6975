"""A scratch copy of this repository with a git history of its own, to change events in and to run the real gate on."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
PACKAGES = ("schemas", "events", "commands", "projections", "query_api", "processors", "infra")
NOBODY = {f"GIT_{who}_{what}": "nobody@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}

GROUP_ALONE = """
import json, sys, types
package = sys.modules["infra.cli"] = types.ModuleType("infra.cli")
package.__path__ = ["infra/cli"]
from typer.testing import CliRunner
from infra.cli.schemas import schemas
told = [CliRunner().invoke(schemas, words) for words in json.loads(sys.argv[1])]
crashes = ["" if isinstance(one.exception, SystemExit | None) else repr(one.exception) for one in told]
print(json.dumps([[one.exit_code, one.output + crash] for one, crash in zip(told, crashes)]))
"""


@dataclass(frozen=True)
class Told:
    """How a command ended, and all that it said."""

    status: int
    text: str


@dataclass(frozen=True)
class Scratch:
    """The copy."""

    folder: Path

    def photolog(self, *arguments: str) -> Told:
        """The whole command, of this copy."""
        return self._run(sys.executable, "-P", "-c", "from infra.cli import main; main()", *arguments)

    def schemas(self, *arguments: str) -> Told:
        """The same of `photolog schemas` alone, which starts in a third of the time."""
        (told,) = self.schemas_in_turn(arguments)
        return told

    def schemas_in_turn(self, *commands: Sequence[str]) -> list[Told]:
        """Several of them with nothing done in between, in one process: to load the code is most of what each costs."""
        done = self._run(sys.executable, "-P", "-c", GROUP_ALONE, json.dumps(commands))
        assert done.status == 0, done.text
        return [Told(status, text) for status, text in json.loads(done.text)]

    def found(self) -> list[dict[str, Any]]:
        """What the gate finds."""
        findings: list[dict[str, Any]] = json.loads(self.schemas("check", "--json").text)["findings"]
        return findings

    def git(self, *arguments: str) -> str:
        """Does something in the history of the copy."""
        told = self._run("git", *arguments)
        assert told.status == 0, told.text
        return told.text

    def commit(self, message: str) -> None:
        """Commits everything."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def edit(self, path: str, *replacements: tuple[str, str]) -> None:
        """Replaces text in a file, each where it stands once."""
        file = self.folder / path
        text = file.read_text()
        for old, new in replacements:
            assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {path}"
            text = text.replace(old, new)
        file.write_text(text)

    def copied(self, folder: Path) -> "Scratch":
        """One more, with this one's history: to commit everything anew takes seconds."""
        return Scratch(shutil.copytree(self.folder, folder))

    def clone(self, folder: Path, *options: str) -> "Scratch":
        """Another copy, as CI makes it."""
        self.git("clone", "--quiet", *options, f"file://{self.folder}", str(folder))
        return Scratch(folder)

    def _run(self, *command: str) -> Told:
        environment = {**os.environ, **NOBODY, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        return Told(done.returncode, done.stdout + done.stderr)


def scratch_repository(folder: Path) -> Scratch:
    """A copy of what is here now, as the first commit of a main line."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package)  # with times and compiled files: runs start faster
    shutil.copy(ROOT / ".gitignore", folder)
    scratch = Scratch(folder)
    scratch.git("init", "--quiet", "--initial-branch", "main")
    scratch.commit("What was released")
    return scratch
