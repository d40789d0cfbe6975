"""The same work for several servers at once: one thread each, all failures told together."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from threading import Event

from infra.local.stack.errors import CannotBeHad, StackError
from infra.local.stack.server import Server
from infra.local.stack.work import Say, Work


def for_each(servers: Iterable[Server], action: Callable[[Server, Work], None], say: Say) -> None:
    """Acts on every server, whatever becomes of the others. Raises StackError with all that went wrong.

    Ctrl-C stops the threads before it leaves: what was started stays, what was being fetched is thrown away."""
    stopping, chosen = Event(), list(servers)
    with ThreadPoolExecutor(max(1, len(chosen))) as pool:
        futures = [pool.submit(action, server, Work(server.name, say, stopping)) for server in chosen]
        try:
            wait(futures)
        except KeyboardInterrupt:
            stopping.set()
            _wait_out(futures)
            raise
    faults = [fault for future in futures if (fault := _fault(future))]
    if faults:
        missing = all(isinstance(fault, CannotBeHad) for fault in faults)
        raise (CannotBeHad if missing else StackError)("\n".join(map(str, faults)))


def _wait_out(futures: "list[Future[None]]") -> None:
    """Cleaning up takes seconds, and a second Ctrl-C must not cut it short."""
    while any(not future.done() for future in futures):
        with suppress(KeyboardInterrupt):
            wait(futures)


def _fault(future: "Future[None]") -> StackError | None:
    """What the stack can explain; anything else is a bug, and raised."""
    fault = future.exception()
    if fault is None or isinstance(fault, StackError):
        return fault
    raise fault
