"""`photolog` commands in the test's process, which loads once what a process of their own would load for seconds; and
the settings that tests give to either."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from typer.testing import CliRunner, Result

from infra.cli.app import app


def photolog(environment: Mapping[str, str], *words: str | Path) -> Result:
    """One call of a command that hears no signals. Not from a running loop."""
    return CliRunner().invoke(app, [*map(str, words)], env=environment)


async def photolog_beside(environment: Mapping[str, str], *words: str | Path) -> Result:
    """The same while a loop runs."""
    return await asyncio.to_thread(photolog, environment, *words)


def settings(**given: str) -> dict[str, str]:
    """As variables of an environment."""
    return {f"PHOTOLOG_{name.upper()}": value for name, value in given.items()}


def alone(data: Path, **given: str) -> dict[str, str]:
    """The environment of a process with this data folder, these settings, and no others."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("PHOTOLOG_")}
    return {**bare, "PHOTOLOG_DATA": str(data), **settings(**given)}
