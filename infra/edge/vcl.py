"""Varnish's configuration of the edge: what is kept, and for how long, and who may say that it is gone. Pure.

The answers are those of the media route (infra/http/media.py), whose words it is written from.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from infra.http.media import FOR_EVER, HARMLESS, NOT_KEPT
from infra.http.negotiation import EVERYBODYS, FORMATS, names
from schemas.objects import RENDITION

TEMPLATE = Path(__file__).with_name("edge.vcl.template")
PURGE, PURGE_KEY = "Photolog-Purge", "Photolog-Purge-Key"
"""Headers of a purge: of what, and that it is ours."""
CONNECT_S, FIRST_BYTE_S = 1, 2
AGAIN_S = float(FIRST_BYTE_S + 1)
"""How long after a purge no fetch is left that began before it."""
HOT = "hot"
"""What a line of the log begins with that names a rendition which is hot."""
HOT_AGAIN_S = 600
"""For so long it is not said again."""
MARKED_S = 30
"""For so long an edge remembers a purge: longer than any fetch that began before it can last."""
PORTS = {"http": 80}


@dataclass(frozen=True)
class EdgeSite:
    """What an edge stands before, and who may purge it."""

    store: str
    """Where it fetches from: the URL of the bucket, or of the embedded platform. Varnish speaks no TLS to it."""
    purge_keys: Sequence[str] = field(repr=False)
    """Any of these; the site's secret may be in the middle of a rotation."""
    purgers: Sequence[str] = ("127.0.0.0/8",)
    """Networks that purges come from."""
    origins: Sequence[str] = ()
    """Of browsers that may read what pictures are made of."""
    hot_per_minute: int = 0
    """Requests of a rendition from which on it is said to be hot; 0: it never is."""
    missing: str = ""
    """Who is asked for what the store does not have, since it may bring it back: host:port; empty: nobody."""


def vcl(site: EdgeSite) -> str:
    """The configuration. Raises ValueError for a store that Varnish cannot reach."""
    store = urlsplit(site.store)
    if store.scheme != "http" or not store.hostname:
        raise ValueError(f"the edge fetches over plain HTTP; TLS to the store needs a proxy between: {site.store!r}")
    return Template(TEMPLATE.read_text()).substitute(
        store_host=store.hostname,
        store_port=store.port or PORTS[store.scheme],
        store_name=store.netloc,
        store_path=store.path.rstrip("/"),
        heated=_lines(1, _heated(site.hot_per_minute)),
        missing=_missing_backend(site.missing),
        ask_missing=_lines(1, _ask_missing(site.missing)),
        find_missing=_lines(1, _find_missing(site.missing, store.path.rstrip("/"))),
        connect_s=CONNECT_S,
        first_byte_s=FIRST_BYTE_S,
        marked_s=MARKED_S,
        purgers=_lines(1, (f'"{one.network_address}"/{one.prefixlen};' for one in map(ip_network, site.purgers))),
        purge_keys="|".join(site.purge_keys),
        rendition=RENDITION.pattern,
        first_choice=_lines(2, _first_choice()),
        next_choice=_lines(2, _next_choice()),
        everybodys=EVERYBODYS,
        harmless=_lines(1, (f'set resp.http.{name} = "{value}";' for name, value in HARMLESS.items())),
        for_ever=FOR_EVER["Cache-Control"],
        not_kept=NOT_KEPT["Cache-Control"],
        origins=_lines(1, _origins(site.origins)),
    )


def _heated(per_minute: int) -> Iterable[str]:
    if per_minute:
        yield f'if (vsthrottle.is_denied("{HOT}/" + req.url, {per_minute}, 60s)'
        yield f'    && !vsthrottle.is_denied("{HOT} already/" + req.url, 1, {HOT_AGAIN_S}s)) {{'
        yield f'    std.log("{HOT}:" + req.url);'
        yield "}"


def _missing_backend(place: str) -> str:
    """It takes longer than the store, which it has to ask for all of a file."""
    host, _, port = place.rpartition(":")
    return f'\nbackend missing {{\n    .host = "{host}";\n    .port = "{port}";\n}}' if place else ""


def _ask_missing(place: str) -> Iterable[str]:
    if place:
        yield "if (bereq.http.Edge-Missed) {"
        yield f'    set bereq.http.Host = "{place}";'
        yield "}"


def _find_missing(place: str, store_path: str) -> Iterable[str]:
    if place:
        yield "if ((beresp.status == 403 || beresp.status == 404) && !bereq.http.Edge-Missed) {"
        yield '    set bereq.http.Edge-Missed = "1";'
        yield f'    set bereq.url = regsub(bereq.url, "^{re.escape(store_path)}", "");'
        yield "    set bereq.backend = missing;"
        yield "    return (retry);"
        yield "}"


def _first_choice() -> Iterable[str]:
    """The best that the client names."""
    yield from _chosen(FORMATS)


def _next_choice() -> Iterable[str]:
    """The next that it names, behind the one that the store does not have."""
    best, *others = FORMATS
    yield f'if (req.http.Edge-Format == "{best}") {{'
    yield from (f"    {line}" for line in _chosen(others))
    yield "} else {"
    yield f'    set req.http.Edge-Format = "{EVERYBODYS}";'
    yield "}"


def _chosen(extensions: Iterable[str]) -> Iterable[str]:
    word = "if"
    for extension in extensions:
        yield f'{word} (req.http.Accept ~ "{names(FORMATS[extension])}") {{'
        yield f'    set req.http.Edge-Format = "{extension}";'
        word = "} elsif"
    yield "} else {"
    yield f'    set req.http.Edge-Format = "{EVERYBODYS}";'
    yield "}"


def _origins(origins: Sequence[str]) -> Iterable[str]:
    """As the APIs let them in: without credentials."""
    if "*" in origins:
        yield 'set resp.http.Access-Control-Allow-Origin = "*";'
    elif origins:
        known = "|".join(map(re.escape, origins))
        yield f'if (req.http.Origin ~ "^({known})$") {{'
        yield "    set resp.http.Access-Control-Allow-Origin = req.http.Origin;"
        yield "}"
        yield 'set resp.http.Vary = regsub(resp.http.Vary + ", Origin", "^, ", "");'


def _lines(depth: int, lines: Iterable[str]) -> str:
    return "\n".join("    " * depth + line for line in lines)
