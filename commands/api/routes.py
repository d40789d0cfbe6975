"""Routes that ask for a token first: the framework reads and parses a body before it asks any dependency."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from commands.api.call import bearer, services, signed_in

Handle = Callable[[Request], Coroutine[Any, Any, Response]]


class TokenFirst(APIRoute):
    """Where a call needs a token, a missing or bad one is said before anything else that is wrong with it."""

    def get_route_handler(self) -> Handle:
        handle = super().get_route_handler()
        if signed_in not in _calls(self.dependant):
            return handle

        async def signed(request: Request) -> Response:
            await signed_in(await services(request), await bearer(request))
            return await handle(request)

        return signed


def _calls(dependant: Dependant) -> Iterator[object]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)
