"""A real redis-server for tests: a port and a folder of its own; stopped, killed and started again."""

import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from infra.local.stack.cache import Cache
from infra.local.stack.errors import CannotBeHad
from infra.local.stack.redis import RedisServer
from infra.local.stack.settings import StackSettings
from infra.local.stack.work import Work
from infra.redis.address import RedisAddress
from tests.pace import patient
from tests.ports import free_ports
from tests.stack import not_here
from tests.stopping import stop

HOST = "127.0.0.1"
READY_WITHIN_S = 20.0
LOOK_EVERY_S = 0.01
ALL_SLOTS = (0, 16_383)
ONE_NODE = ("--cluster-enabled", "yes", "--cluster-require-full-coverage", "no")
"""A cluster of one node, which has all slots: it refuses any command over two slots, as one of many nodes does."""


class RedisProcess:
    """One server. It keeps its port and its data when it is started again."""

    def __init__(self, folder: Path, *options: str, slots: tuple[int, int] | None = ALL_SLOTS) -> None:
        """`slots`: what a node of a cluster has from its first start on; None: it is to follow another."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.address = RedisAddress(HOST, free_ports(1)[0])
        self.bus = free_ports(1)[0]
        self._options: Sequence[str] = options
        self._slots = slots
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it serves. Raises RuntimeError, with its last words, if it does not."""
        files = ("--dir", str(self.folder), "--save", "", "--appendonly", "yes", "--enable-debug-command", "local")
        replication = ("--repl-diskless-sync-delay", "0")
        listening = ("--bind", HOST, "--port", str(self.address.port), "--cluster-port", str(self.bus))
        log = self.folder / "log"
        with log.open("ab") as out:
            command = [get_redis(), *listening, *files, *replication, *self._options]
            self._process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
        deadline = time.monotonic() + patient(READY_WITHIN_S)
        while not self._serves():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"redis-server does not serve:\n{log.read_text()[-2_000:]}")
            time.sleep(LOOK_EVERY_S)

    def kill(self) -> None:
        """SIGKILL; returns once it is gone."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """Stops it in its tracks."""
        if self._process:
            stop(self._process.pid)

    def go_on(self) -> None:
        """Ends that."""
        if self._process:
            self._process.send_signal(signal.SIGCONT)

    def ask(self, *command: str | bytes | int) -> Any:
        """The reply to one command, by another client than ours."""
        with redis.Redis(HOST, self.address.port, retry=Retry(NoBackoff(), 0), socket_timeout=5) as client:
            return client.execute_command(*command)

    def follow(self, master: "RedisProcess") -> None:
        """Makes this a replica, and returns once it has everything that the master has."""
        self.ask("REPLICAOF", master.address.host, master.address.port)
        master.ask("SET", "followed", self.address.port)
        while self.ask("GET", "followed") != b"%d" % self.address.port:
            time.sleep(LOOK_EVERY_S)

    def _serves(self) -> bool:
        try:
            if "--cluster-enabled" not in self._options:
                self.ask("SET", "ready", 1)
            elif self._slots and not self.ask("CLUSTER", "SLOTS"):
                self.ask("CLUSTER", "ADDSLOTSRANGE", *self._slots)
            self.ask("PING")
        except redis.RedisError:
            return False
        return True


def get_redis() -> str:
    """The program, got first if need be; where it cannot be had the test is skipped, but never in CI."""
    try:
        cache, work = Cache(StackSettings().cache.expanduser()), Work("redis", print, Event())
        return str(RedisServer.artefact.obtain(cache, work))
    except CannotBeHad as missing:
        not_here(str(missing))


@contextmanager
def redis_server(folder: Path, *options: str, slots: tuple[int, int] | None = ALL_SLOTS) -> Iterator[RedisProcess]:
    """A server that serves, and nothing of it left afterwards."""
    server = RedisProcess(folder, *options, slots=slots)
    try:
        server.start()
        yield server
    finally:
        server.kill()
