"""The process that has the decoders loaded and forks a child for each photo: `python -m infra.vips.forker FD`.

Started by forked.py, which asks for children over the socket FD and hears of their ends. It opens no photo itself, and
neither it nor libvips has started a thread in it: a fork copies all there is.
"""

import gc
import os
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from infra.vips import child
from infra.vips.asking import Request, asked

Make = Callable[..., None]
"""What a child does with the arguments of its request."""


class Children:
    """Forked, and waited for. Each lives as long as the other end of its line, over which its exit code is told."""

    def __init__(self, control: socket.socket, make: Make) -> None:
        self._control, self._make = control, make
        self._lines: dict[int, socket.socket] = {}
        """By child."""
        self._selector = selectors.DefaultSelector()
        self._ends, self._ended = socket.socketpair()
        for one in (self._ends, self._ended):
            one.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._ended.fileno(), warn_on_full_buffer=False)

    def serve(self) -> None:
        """Until nobody asks any more and no child is left."""
        self._selector.register(self._control, selectors.EVENT_READ, self._asked)
        self._selector.register(self._ends, selectors.EVENT_READ, self._some_ended)
        while self._lines or self._control.fileno() >= 0:
            for key, _ in self._selector.select():
                if key.fd in self._selector.get_map():  # no other of these has taken it away
                    key.data()

    def _asked(self) -> None:
        request = asked(self._control)
        if request is None:
            self._selector.unregister(self._control)
            self._control.close()
            return
        pid = os.fork()
        if pid == 0:
            self._become(request)
        os.close(request.output)
        os.close(request.complaints)
        self._lines[pid] = socket.socket(fileno=request.line)
        self._selector.register(request.line, selectors.EVENT_READ, lambda: self._let_go(pid))

    def _become(self, request: Request) -> NoReturn:
        """The child, from here on: in a session of its own, without a way to its siblings or to whoever asks."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            self._selector.close()
            for one in (self._control, self._ends, self._ended, *self._lines.values()):
                one.close()
            os.dup2(request.output, 1)
            os.dup2(request.complaints, 2)
            for descriptor in (request.output, request.complaints, request.line):
                os.close(descriptor)
            self._make(*request.arguments)
            code = 0
        except SystemExit as said:
            code = int(said.code or 0)
        except BaseException:  # noqa: BLE001 - it is told, and the process ends
            traceback.print_exc()
        finally:
            os._exit(code)  # to take libvips down in order costs a tenth of what the photo did

    def _let_go(self, pid: int) -> None:
        """Nobody waits for it any more: it ends, with what it may have started."""
        self._selector.unregister(self._lines[pid])
        for kill in (os.killpg, os.kill):  # its session may not have begun
            with suppress(ProcessLookupError, PermissionError):
                kill(pid, signal.SIGKILL)

    def _some_ended(self) -> None:
        self._ends.recv(4096)
        while self._lines:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            with self._lines.pop(pid) as line:
                if line.fileno() in self._selector.get_map():
                    self._selector.unregister(line)
                with suppress(OSError):  # nobody may wait for it any more
                    line.send(str(os.waitstatus_to_exitcode(status)).encode())


def main(descriptor: str, make: Make = child.main) -> None:
    """Serves, with all that is loaded by now."""
    gc.collect()
    gc.freeze()  # a collection in a child would copy what it shares with its siblings
    Children(socket.socket(fileno=int(descriptor)), make).serve()


if __name__ == "__main__":
    main(sys.argv[1])
