"""`photolog keys`: which master key the subjects' keys are under, and the rotation to another (decisions/0013); and the
key that browsers know this site by."""

import asyncio
import json
import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from infra.process import logs
from infra.process.environment import load_settings
from infra.process.settings import Settings

if TYPE_CHECKING:
    from infra.secrets.rotation import Progress, Rotated, Status

keys = typer.Typer(
    help="The keys of personal data, the master key that they are wrapped under, and the key for browsers.",
    no_args_is_help=True,
)
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
OUTDATED = 1


@keys.command()
def status(as_json: AsJson = False) -> None:
    """Say how many keys are under which master key; status 1 if a rotation is not complete."""
    logs.configure(logging.WARNING)
    from infra.secrets.rotation import UNKNOWN

    found = asyncio.run(_status(load_settings()))
    if as_json:
        typer.echo(json.dumps(asdict(found)))
    else:
        for master, count in found.keys.items():
            about = " (current)" if master == found.current else " (under no secret that is set)" * (master == UNKNOWN)
            typer.echo(f"{master:18} {count:12,} keys{about}")
        typer.echo(f"{'destroyed':18} {found.destroyed:12,}")
    if set(found.keys) - {found.current}:
        raise typer.Exit(OUTDATED)


@keys.command()
def rotate(as_json: AsJson = False) -> None:
    """Wrap every key under PHOTOLOG_SECRET, while PHOTOLOG_SECRET_PREVIOUS is the one before; safe to repeat."""
    logs.configure(logging.WARNING)
    done = asyncio.run(_rotate(load_settings(), quiet=as_json))
    if as_json:
        typer.echo(json.dumps(asdict(done)))
    elif done.emptied:
        typer.echo("Every key is under PHOTOLOG_SECRET. Keep PHOTOLOG_SECRET_PREVIOUS for a day.")
    if not done.emptied:
        typer.echo("The old forms are still in log.sqlite-wal: a reader is in the way; run this again.", err=True)
        raise typer.Exit(OUTDATED)


@keys.command("web-push")
def web_push(
    new: Annotated[bool, typer.Option("--new", help="Make a key, for PHOTOLOG_WEBPUSH_KEY; nothing is kept.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what browsers subscribe to: the public half of PHOTOLOG_WEBPUSH_KEY, an `applicationServerKey`."""
    from infra.push.chosen import webpush_key
    from infra.push.webpush import WebPushKey

    settings = load_settings()
    if not new and settings.webpush_key is None:
        typer.echo("PHOTOLOG_WEBPUSH_KEY is not set: `photolog keys web-push --new` makes one", err=True)
        raise typer.Exit(2)
    key = WebPushKey.made() if new else webpush_key(settings)
    said = {"application_server_key": key.public, **({"private_key": key.pem} if new else {})}
    typer.echo(json.dumps(said) if as_json else "\n".join([*([key.pem] if new else []), key.public]))


async def _status(settings: Settings) -> "Status":
    from infra.secrets.rotation import status
    from infra.wiring.vaults import opened_vault

    async with opened_vault(settings) as vault:
        return await status(vault)


async def _rotate(settings: Settings, quiet: bool) -> "Rotated":
    from infra.secrets.names import name_secret
    from infra.secrets.rotation import rotate
    from infra.secrets.site import site_secrets
    from infra.wiring.vaults import opened_vault

    def say(progress: "Progress") -> None:
        if not quiet:
            typer.echo(progress.line)

    async with opened_vault(settings) as vault:
        await name_secret(vault, site_secrets(settings))  # made of the first secret, or never
        return await rotate(vault, say)
