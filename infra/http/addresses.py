"""Whose request it is, as far as an address tells, and how many an address may send that are anonymous or fail.

A peer says who it is; only a proxy that the settings name is believed about others, and of several hops the last that
is no such proxy counts. Behind an IPv6 address is a household with a /64 of them, so that is what is counted.
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from commands.api.refused import OAUTH
from commands.ports import Quota
from commands.rates import AddressRates, left
from infra.http.problems import refused
from schemas.errors import RateLimited

Network = IPv4Network | IPv6Network
UNKNOWN = "unknown"
"""Of whoever cannot be told apart."""
IPV6_PREFIX = 64
OF_NOBODY = ("/m/", "/objects/", "/docs", "/redoc", "/openapi.json", "/healthz", "/readyz", "/static-offline-docs")
"""Paths on which nobody is counted: media, whose limits are the edge's, and what operators and developers look at."""
FAILED = (400, 401)
"""A failed log-in or refresh, and a token that is not good."""


def networks(proxies: Sequence[str]) -> tuple[Network, ...]:
    """What the settings name."""
    return tuple(ip_network(one, strict=False) for one in proxies)


@lru_cache(10_000)
def address_of(peer: str, forwarded: str, proxies: tuple[Network, ...]) -> str:
    """What a request is counted under. `forwarded`: all of X-Forwarded-For."""
    hops = [*(hop.strip() for hop in forwarded.split(",") if hop.strip()), peer]
    while len(hops) > 1 and _is_in(hops[-1], proxies):
        hops.pop()
    return _counted(hops[-1])


def _is_in(hop: str, proxies: tuple[Network, ...]) -> bool:
    try:
        address = ip_address(hop)
    except ValueError:
        return False
    return any(address in network for network in proxies)


def _counted(hop: str) -> str:
    try:
        address = ip_address(hop)
    except ValueError:
        return UNKNOWN
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ip_network((int(address), IPV6_PREFIX), strict=False))
    return str(address)


class AddressLimit:
    """Middleware: 429 for anonymous requests beyond the limit, and in place of a refusal that is one too many."""

    def __init__(self, app: ASGIApp, rates: AddressRates, proxies: Sequence[str]) -> None:
        self._app = app
        self._rates = rates
        self._proxies = networks(proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == "OPTIONS" or scope["path"].startswith(OF_NOBODY):
            await self._app(scope, receive, send)
            return
        address, has_token = self._told(scope)
        scope["state"] = {**scope.get("state", {}), "address": address}
        if has_token or scope["path"].startswith(f"{OAUTH}/"):
            await self._app(scope, receive, _Counting(self._rates, address, scope, receive, send))
            return
        try:
            quota = await self._rates.take(address)
        except RateLimited as error:
            await refused(Request(scope), error)(scope, receive, send)
            return
        await self._app(scope, receive, _telling(quota, send))

    def _told(self, scope: Scope) -> tuple[str, bool]:
        forwarded, has_token = [], False
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                forwarded.append(value.decode("latin-1"))
            elif name == b"authorization":
                has_token = True
        peer = scope["client"][0] if scope.get("client") else ""
        return address_of(peer, ",".join(forwarded) if self._proxies else "", self._proxies), has_token


def _telling(quota: Quota | None, send: Send) -> Send:
    """Adds what is left of the address's requests to an answer that says nothing of another limit."""
    said = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in left(quota).items()]

    async def told(message: Message) -> None:
        if said and message["type"] == "http.response.start":
            headers = list(message.get("headers", []))
            if not any(name.lower() == said[0][0] for name, _ in headers):
                message = {**message, "headers": [*headers, *said]}
        await send(message)

    return told


class _Counting:
    """Lets an answer through, but counts one that says that the request failed."""

    def __init__(self, rates: AddressRates, address: str, scope: Scope, receive: Receive, send: Send) -> None:
        self._rates, self._address = rates, address
        self._scope, self._receive, self._send = scope, receive, send
        self._replaced = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and self._is_failure(message["status"]):
            try:
                await self._rates.take(self._address)
            except RateLimited as error:
                self._replaced = True
                await refused(Request(self._scope), error)(self._scope, self._receive, self._send)
        if not self._replaced:
            await self._send(message)

    def _is_failure(self, status: int) -> bool:
        return status in FAILED and (status != FAILED[0] or self._scope["path"].startswith(f"{OAUTH}/"))
