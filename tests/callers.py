"""HTTP connections for tests and benches that ask for much at once."""

import httpx


def callers(url: str) -> httpx.AsyncClient:
    """Connections to a server, as many as there are requests. Waits longer than any answer may take, so that a slow
    one is told from none.

    None is surplus and none expires: httpcore 1.0 closes what is one of these although it has just given it to a
    request (its issue 1110), which looks as if the server had given no answer.
    """
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=None)
    return httpx.AsyncClient(base_url=url, timeout=30, trust_env=False, limits=limits)
