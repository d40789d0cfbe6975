"""`photolog log` on an embedded site, in this process."""

from pathlib import Path

from typer.testing import CliRunner, Result

from infra.cli.app import app


def photolog_log(data: Path, *words: str | Path) -> Result:
    """One call of the command."""
    return CliRunner().invoke(app, ["log", *map(str, words)], env={"PHOTOLOG_DATA": str(data)})
