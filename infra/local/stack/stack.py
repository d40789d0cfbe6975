"""One local stack: its servers brought up and down side by side, for the CLI and for tests alike."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from infra.local.stack.cache import Cache
from infra.local.stack.cassandra import CassandraServer
from infra.local.stack.credentials import Credentials
from infra.local.stack.edge import EdgeServer
from infra.local.stack.environment import behind_edge, environment, through_proxies
from infra.local.stack.errors import StackError
from infra.local.stack.kafka import KafkaServer
from infra.local.stack.listeners import listens, require_free
from infra.local.stack.locks import alone
from infra.local.stack.minio import MinioServer
from infra.local.stack.opensearch import OpensearchServer
from infra.local.stack.parallel import for_each
from infra.local.stack.ports import Ports
from infra.local.stack.processes import Process, launch, marked
from infra.local.stack.prometheus import PrometheusServer
from infra.local.stack.redis import RedisServer
from infra.local.stack.server import LASTING, Premises, Server, Thrift
from infra.local.stack.state import Record, StateFile
from infra.local.stack.toxiproxy import ToxiproxyServer
from infra.local.stack.versitygw import VersitygwServer
from infra.local.stack.work import Say, Work, last_lines

SERVERS: tuple[Callable[[Premises], Server], ...] = (
    KafkaServer,
    CassandraServer,
    RedisServer,
    MinioServer,
    OpensearchServer,
    ToxiproxyServer,
    PrometheusServer,
    EdgeServer,
    VersitygwServer,
)
EXTRA = {ToxiproxyServer.name, PrometheusServer.name, EdgeServer.name, VersitygwServer.name}
"""Servers that no site needs: started when they are named, and otherwise looked after only while they run."""
READY_WITHIN_S = 240.0
ENDS_WITHIN_S = 30.0


@dataclass(frozen=True)
class Status:
    """One server as `photolog stack status` shows it."""

    name: str
    state: str
    """running; stopped: never started, or taken down; dead: ended on its own."""
    pid: int | None
    port: int
    url: str
    memory: int
    """Resident bytes."""
    log: str


class Stack:
    """The servers of one folder. Safe to call from several processes at once: they take turns."""

    def __init__(
        self, folder: Path, base_port: int, cache: Path, origins: Sequence[str], say: Say, thrift: Thrift = LASTING
    ) -> None:
        self.folder = folder.resolve()
        self.credentials = Credentials(self.folder / "secrets")
        self.site = Premises(self.folder, Ports.from_base(base_port), self.credentials, tuple(origins), thrift)
        self.servers: dict[str, Server] = {server.name: server for server in (make(self.site) for make in SERVERS)}
        self._cache = Cache(cache)
        self._say = say
        paths = {"s3_admin_password": self.credentials.s3_admin_password, "secret": self.credentials.secret}
        self._state = StateFile(self.folder / "stack.json", {name: str(path) for name, path in paths.items()})

    @property
    def was_started(self) -> bool:
        """Whether this folder has ever had one."""
        return recorded_base_port(self.folder) is not None

    @property
    def environment(self) -> dict[str, str]:
        """The settings that point the cluster backend here."""
        self.credentials.make()
        return environment(self.site)

    @property
    def proxied(self) -> dict[str, str]:
        """The settings that point a process at the proxies instead, where those run."""
        return through_proxies(self.site)

    @property
    def edged(self) -> dict[str, str]:
        """The settings that have media read from the edge, where that runs."""
        return behind_edge(self.site)

    def up(self, only: Sequence[str] = ()) -> None:
        """Starts what is not running and waits until it answers; safe to repeat. Raises StackError, CannotBeHad."""
        with self._alone():
            self._settle_ports()
            self.credentials.make()
            for_each(self._chosen(only), self._up, self._say)

    def get(self, only: Sequence[str] = ()) -> None:
        """Gets the programs of servers and starts none; safe to repeat. Raises StackError, CannotBeHad."""
        for_each(self._chosen(only), self._get, self._say)

    def down(self, only: Sequence[str] = ()) -> None:
        """Ends what this stack started, gently first; safe to repeat."""
        with self._alone():
            for_each(self._chosen(only), self._down, self._say)

    def kill(self, name: str) -> None:
        """SIGKILL to one server, as a crash would; returns once it is gone."""
        (server,) = self._chosen([name])
        process = self._process(server)
        if process is None:
            raise StackError(f"{name} is not running")
        process.kill()

    def status(self, only: Sequence[str] = ()) -> list[Status]:
        """The servers, running or not. Asks the processes, not the ports."""
        return [self._status(server) for server in self._chosen(only)]

    def log(self, name: str) -> Path:
        """The file that a server writes to."""
        return self.folder / f"{name}.log"

    def _chosen(self, only: Sequence[str]) -> list[Server]:
        unknown = set(only) - self.servers.keys()
        if unknown:
            raise StackError(f"no such server: {', '.join(sorted(unknown))}; there are {', '.join(self.servers)}")
        if only:
            return [server for name, server in self.servers.items() if name in only]
        return [server for name, server in self.servers.items() if name not in EXTRA or self._process(server)]

    def _settle_ports(self) -> None:
        """The ports are written down before anything listens on them."""
        recorded, wanted = self._state.base_port(), self.site.ports.base
        if recorded != wanted and any(map(self._process, self.servers.values())):
            known = f"ports from {recorded}" if recorded else "ports that nothing recorded"
            raise StackError(f"this stack runs on {known}: take it down before it comes up on ports from {wanted}")
        self._state.write(wanted, {})

    def _get(self, server: Server, work: Work) -> None:
        work.say(f"is at {server.artefact.obtain(self._cache, work)}")

    def _up(self, server: Server, work: Work) -> None:
        began, process = time.monotonic(), self._process(server)
        if process and _ready(server):
            work.say(f"already running on {server.url} (process {process.pid})")
        else:
            process = process or self._start(server, work)
            self._wait(server, process, work)
            work.say(f"ready on {server.url} after {time.monotonic() - began:.1f} s (process {process.pid})")
        self._record(server, process)

    def _start(self, server: Server, work: Work) -> Process:
        require_free(server.ports)
        program = server.artefact.obtain(self._cache, work)
        server.folder.mkdir(parents=True, exist_ok=True)
        plan = server.prepare(program, work)
        process = launch(plan.command, plan.environment, self.log(server.name), self._mark(server))
        self._record(server, process, plan.command)
        return process

    def _wait(self, server: Server, process: Process, work: Work) -> None:
        deadline, log = time.monotonic() + READY_WITHIN_S, self.log(server.name)
        while not _ready(server):
            if not process.alive:
                raise StackError(f"{server.name} ended while it started; {log} ends with:\n{last_lines(log)}")
            if time.monotonic() > deadline:
                raise StackError(f"{server.name} (process {process.pid}) does not answer; see {log}, or take it down")
            work.pause()

    def _down(self, server: Server, work: Work) -> None:
        process = self._process(server)
        if process is None:
            work.say("not running")
        else:
            gently = process.stop(ENDS_WITHIN_S)
            work.say("stopped" if gently else f"killed: it did not stop within {ENDS_WITHIN_S:.0f} s")
        self._state.write(self.site.ports.base, {server.name: None})

    def _process(self, server: Server) -> Process | None:
        """The server's process: the one on record if it still is that one, else one that carries our mark."""
        record = self._state.records().get(server.name)
        return record.process if record and record.process.alive else marked(self._mark(server))

    def _mark(self, server: Server) -> str:
        return f"{self.folder}/{server.name}"

    def _record(self, server: Server, process: Process, command: Sequence[str] = ()) -> None:
        known = self._state.records().get(server.name)
        told = list(command) or (known.command if known else [])
        record = Record(process, server.ports, str(self.log(server.name)), told)
        self._state.write(self.site.ports.base, {server.name: record})

    def _status(self, server: Server) -> Status:
        process, known = self._process(server), server.name in self._state.records()
        state = "running" if process else "dead" if known else "stopped"
        pid, memory = (process.pid, process.memory) if process else (None, 0)
        return Status(server.name, state, pid, server.ports[0], server.url, memory, str(self.log(server.name)))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with alone(self.folder / "lock", Work("stack", self._say, Event())):
            yield


def _ready(server: Server) -> bool:
    return listens(server.ports[0]) and server.answers()


def recorded_base_port(folder: Path) -> int | None:
    """The base port that the stack in this folder was last started with."""
    return StateFile(folder / "stack.json", {}).base_port()
