"""The cluster's subcommands: its processes one by one, and `cluster`, which runs a whole site on this machine."""

import asyncio
import logging
from typing import Annotated

import typer

from infra.cli.stack import chosen_stack, explained, say
from infra.process import logs
from infra.process.environment import load_settings
from infra.process.settings import Settings, SettingsInvalid

STOPPED = 130
EDGE = "edge"
"""The stack's name of it."""


def command_api() -> None:
    """Serve a command API of the cluster, until SIGTERM."""
    logs.configure()
    from infra.http.server import run
    from infra.wiring import apis

    run(apis.command_api(load_settings()))


def query_api() -> None:
    """Serve a query API of the cluster, until SIGTERM."""
    logs.configure()
    from infra.http.server import run
    from infra.wiring import apis

    run(apis.query_api(load_settings()))


def worker(
    names: Annotated[
        list[str] | None, typer.Argument(help="projections, media, mails, pushes, purges, uploads, reconciler.")
    ] = None,
) -> None:
    """Run lots of the log's subscribers (all, without names), until SIGTERM."""
    logs.configure()
    from infra.wiring.worker import names_of, work

    settings = load_settings()
    known = names_of(settings)
    unknown = sorted(set(names or ()) - set(known))
    if unknown:
        raise SettingsInvalid(f"no {', '.join(unknown)}; there are {', '.join(known)}, and what PHOTOLOG_APART names")
    asyncio.run(work(settings, names or ()))


def gateway() -> None:
    """Become the gateway: nginx in front of the APIs, on PHOTOLOG_PORT."""
    from infra.gateway.nginx import become_gateway

    become_gateway(load_settings())


def edge() -> None:
    """Run the edge, Varnish before the object store, on PHOTOLOG_EDGE_PORT, until SIGTERM."""
    logs.configure()
    from infra.wiring.edge import serve_edge

    raise typer.Exit(asyncio.run(serve_edge(load_settings())))


def cluster(exit_: Annotated[bool, typer.Option("--exit", help="End after the demo.")] = False) -> None:
    """Run the local stack, every process and the demo, and keep serving."""
    logs.configure(logging.WARNING)
    from infra.gateway.getting import get_nginx
    from infra.http.server import run

    settings = load_settings()
    with explained():
        stack = chosen_stack(move=True)
        stack.up()
        if not settings.site:  # the stack's edge is before the bucket of the site without a name
            stack.up([EDGE])
        get_nginx(say)
    edged = {} if settings.site else stack.edged
    raise typer.Exit(run(_cluster(settings, {**stack.environment, **edged}, exit_)))


async def _cluster(settings: Settings, environment: dict[str, str], end: bool) -> int:
    from infra.cli.demo import play_demo
    from infra.http.server import on_stop
    from infra.local.site import LocalSite, NotReady

    site = LocalSite(settings.data / "site", environment, port=settings.port)
    stop = asyncio.Event()
    on_stop(stop.set)
    stopped = asyncio.create_task(stop.wait())
    try:
        await site.start()
        typer.echo(f"Photolog serves {site.url}; logs of its processes are in {site.folder}.")
        playing = asyncio.create_task(play_demo(site.url, as_json=False))
        await asyncio.wait([playing, stopped], return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            playing.cancel()
            return STOPPED
        if not end:
            typer.echo(f"\nStill serving {site.url}. Ctrl-C stops the processes; `photolog stack down` the servers.")
            await stopped
        return playing.result()
    except NotReady as error:
        typer.echo(f"photolog: {error}", err=True)
        return 1
    finally:
        stopped.cancel()
        await site.stop()
