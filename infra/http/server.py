"""Serving an application: uvicorn on the configured port, until SIGTERM or Ctrl-C; what is in flight is finished.

Its peers are kept within limits by infra/http/guard.py.
"""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import uvicorn
from starlette.types import ASGIApp

from infra.http.connections import LOOK_EVERY_S, HttpLimits
from infra.http.guard import GuardedProtocol, GuardedState
from infra.process.cycles import looked_for_seldom
from infra.process.settings import SettingsInvalid

STOP_WITHIN_S = 10
IDLE_S = 75
"""How long a connection may stay without a request, as with nginx: whoever keeps it for less never meets its end."""
TICK_S = 0.1
"""How often uvicorn looks around."""
T = TypeVar("T")


class Server(uvicorn.Server):
    """uvicorn that says when it accepts requests, and leaves signals to us: its own handling ends the process early."""

    def __init__(self, config: uvicorn.Config, limits: HttpLimits) -> None:
        super().__init__(config)
        self.server_state: GuardedState = GuardedState(limits)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    async def on_tick(self, counter: int) -> bool:
        if counter % round(LOOK_EVERY_S / TICK_S) == 0:
            self.server_state.room.look()
        return await super().on_tick(counter)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def accepting(
    app: ASGIApp, sock: socket.socket, limits: HttpLimits, *, signals: bool = True
) -> AsyncIterator[asyncio.Task[None]]:
    """Accepts requests from the start of the block; the task ends at the end of the block, and on SIGTERM or Ctrl-C.

    Of several applications of a process one is to hear of `signals`.
    """
    config = uvicorn.Config(
        app,
        http=GuardedProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        timeout_keep_alive=IDLE_S,
        lifespan="off",
    )
    server = Server(config, limits)
    if signals:
        on_stop(lambda: setattr(server, "should_exit", True))
    task = asyncio.create_task(server.serve(sockets=[sock]))
    up = asyncio.create_task(server.up.wait())
    await asyncio.wait([task, up], return_when=asyncio.FIRST_COMPLETED)
    up.cancel()
    try:
        yield task
    finally:
        server.should_exit = True
        await task


def on_stop(stop: Any) -> None:
    """Calls `stop` on SIGTERM and Ctrl-C."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)


@contextmanager
def listening(host: str, port: int, setting: str) -> Iterator[socket.socket]:
    """The socket to serve on. Raises SettingsInvalid, naming the setting, when the port cannot be had."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError as error:
            reason = error.strerror or "cannot be used"
            raise SettingsInvalid(f"{setting} {port} on {host}: {reason}") from None
        yield sock


def run(main: Coroutine[Any, Any, T]) -> T:
    """Runs the process's main coroutine, on uvloop where there is one."""
    looked_for_seldom()
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main)
