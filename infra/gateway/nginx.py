"""Renders nginx's configuration from settings, and becomes nginx. What nginx refuses, it refuses as the APIs do."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from string import Template

import orjson

from commands.api.refused import OAUTH, refused_at
from infra.http.exposed import EXPOSED
from infra.process.settings import Settings, SettingsInvalid
from schemas.errors import BadRequest, HeadersTooLarge, PhotologError, TooLarge, Unavailable, UrlTooLong

CONNECTIONS_PER_CLIENT, FILES_BESIDE = 2, 256
"""A client's and a process's; and the files that nginx opens besides."""
TEMPLATE = Path(__file__).with_name("nginx.conf.template")
PLACES = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin")


def configuration(settings: Settings, folder: Path) -> str:
    """The configuration of a gateway that keeps its files in this folder."""
    return Template(TEMPLATE.read_text()).substitute(
        folder=folder,
        listen=f"{settings.host}:{settings.port}",
        commands=_servers(settings.command_apis),
        queries=_servers(settings.query_apis),
        worker_connections=CONNECTIONS_PER_CLIENT * settings.http_connections,
        files=CONNECTIONS_PER_CLIENT * settings.http_connections + FILES_BESIDE,
        head_s=round(settings.http_head_s),
        pace_s=round(settings.http_pace_s),
        head_buffers=max(1, settings.http_head_bytes // settings.http_url_bytes),
        url_bytes=settings.http_url_bytes,
        body_bytes=settings.http_body_bytes,
        buffer_bytes=2 * settings.http_body_bytes,
        others="*" if "*" in settings.origins else "",
        origins=" ".join(f'"{origin}" "{origin}";' for origin in settings.origins if origin != "*"),
        bodies="\n".join(_body(error) for _, error in refusals(settings)),
        refusals="\n".join(_refusal(codes, error, settings) for codes, error in refusals(settings)),
    )


def refusals(settings: Settings) -> list[tuple[str, PhotologError]]:
    """nginx's codes of what it refuses itself, and what is said then."""
    return [
        ("500 502 504", Unavailable("no process could answer")),
        ("400", BadRequest("this is not a well-formed request")),
        ("413", TooLarge(f"a body has at most {settings.http_body_bytes} bytes")),
        ("414", UrlTooLong()),
        ("494", HeadersTooLarge()),
    ]


def _body(error: PhotologError) -> str:
    """A variable: what is said at the path that was asked for, and where the request line was not read, at any."""
    anywhere, oauth = (orjson.dumps(refused_at(path, error).body).decode() for path in ("/", f"{OAUTH}/"))
    return f"    map $request_uri ${error.code} {{ default '{anywhere}'; ~^{OAUTH}/ '{oauth}'; \"\" '{oauth}'; }}"


def _refusal(codes: str, error: PhotologError, settings: Settings) -> str:
    """What nginx cannot parse has no path, and without one no named location can be reached: so these have paths."""
    headers = error.headers() | cors_headers(settings)
    lines = [
        "internal;",
        "default_type application/problem+json;",
        *(f'add_header {name} "{value}" always;' for name, value in headers.items()),
        f"return {error.status} ${error.code};",
    ]
    path = f"/.refused/{error.code}"
    inner = "".join(f"            {line}\n" for line in lines)
    return f"        error_page {codes} ={error.status} {path};\n        location = {path} {{\n{inner}        }}"


def cors_headers(settings: Settings) -> dict[str, str]:
    """What a browser of an allowed origin needs to read an answer; nginx leaves out a header whose value is empty."""
    if not settings.origins:
        return {}
    exposed = ", ".join(EXPOSED)
    return {
        "Access-Control-Allow-Origin": "$allowed_origin",
        "Access-Control-Expose-Headers": exposed,
        "Vary": "Origin",
    }


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
