"""The `photolog` command: one module a group of subcommands."""

import sys

from infra.process.cycles import looked_for_seldom

STOPPED = 130


def main() -> None:
    """The console script: a setting that cannot be used ends it with status 2 and one line."""
    looked_for_seldom()
    try:
        from infra.cli.app import app  # here, where Ctrl-C in the second that this takes is an end like any other
        from infra.process.scratch import scratch
        from infra.process.settings import SettingsInvalid

        try:
            with scratch():
                app()
        except SettingsInvalid as error:
            print(f"photolog: {error}", file=sys.stderr)
            sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(STOPPED)
