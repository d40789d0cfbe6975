"""Renders nginx's configuration from settings, and becomes nginx."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from string import Template

from infra.process.settings import Settings, SettingsInvalid

TEMPLATE = Path(__file__).with_name("nginx.conf.template")
PLACES = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin")


def configuration(settings: Settings, folder: Path) -> str:
    """The configuration of a gateway that keeps its files in this folder."""
    return Template(TEMPLATE.read_text()).substitute(
        folder=folder,
        listen=f"{settings.host}:{settings.port}",
        commands=_servers(settings.command_apis),
        queries=_servers(settings.query_apis),
    )


def become_gateway(settings: Settings) -> None:
    """Replaces this process by nginx, in the foreground. Raises SettingsInvalid where there is none."""
    nginx = nginx_path()
    folder = (settings.data / f"gateway-{settings.port}").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "nginx.conf"
    path.write_text(configuration(settings, folder))
    os.execv(nginx, [nginx, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(path)])


def find_nginx() -> str | None:
    """Where nginx is, on the PATH or where systems put it."""
    return shutil.which("nginx") or shutil.which("nginx", path=os.pathsep.join(PLACES))


def nginx_path() -> str:
    """Where nginx is. Raises SettingsInvalid where there is none."""
    nginx = find_nginx()
    if nginx is None:
        raise SettingsInvalid("nginx is missing; on Debian: apt-get install nginx-light")
    return nginx


def _servers(addresses: Sequence[str]) -> str:
    """A server that fails is left alone for a second."""
    return " ".join(f"server {address} max_fails=1 fail_timeout=1s;" for address in addresses)
