"""The `photolog` command: one module a group of subcommands."""

import sys

from infra.cli.app import app
from infra.process.settings import SettingsInvalid


def main() -> None:
    """The console script: a setting that cannot be used ends it with status 2 and one line."""
    try:
        app()
    except SettingsInvalid as error:
        print(f"photolog: {error}", file=sys.stderr)
        sys.exit(2)
