"""HTTP connections of tests and benches to a server: whoever speaks over them (Person, Client, Wire, Talk)."""

import ssl
from collections.abc import Mapping

import httpx

LONGEST_S = 30.0
"""Longer than any answer may take, so that a slow one is told from none."""
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Of connections without TLS: to load whom browsers trust costs 0.04 s of processor time, for each client anew."""


def callers(url: str) -> httpx.AsyncClient:
    """For whoever asks for much at once: as many connections as there are requests.

    None is surplus and none expires: httpcore 1.0 closes what is one of these although it has just given it to a
    request (its issue 1110), which looks as if the server had given no answer.
    """
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=None)
    return httpx.AsyncClient(base_url=url, timeout=LONGEST_S, trust_env=False, verify=PLAIN, limits=limits)


def caller(url: str, headers: Mapping[str, str] | None = None) -> httpx.Client:
    """For one who asks one thing after the other, or from a few threads."""
    return httpx.Client(base_url=url, timeout=LONGEST_S, trust_env=False, verify=PLAIN, headers=headers)
