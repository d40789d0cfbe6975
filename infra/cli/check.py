"""`photolog check`: what is missing or weakly configured on the servers that the settings name."""

import asyncio
import json
import logging
from dataclasses import asdict
from typing import Annotated

import typer

from infra.process import logs
from infra.process.environment import load_settings

FOUND = 1


def check(as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False) -> None:
    """Say what is missing or weak, one line each; status 1 if anything is."""
    logs.configure(logging.CRITICAL)  # what the drivers have to say is said below
    from infra.check.all import (
        check as findings_of,
    )  # the drivers cost half a second, which no other command should pay

    findings = asyncio.run(findings_of(load_settings()))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            typer.echo(f"{finding.severity:8} {finding.about:8} {finding.text}")
    if any(finding.severity != "ok" for finding in findings):
        raise typer.Exit(FOUND)
