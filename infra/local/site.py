"""A whole cluster site on this machine: APIs, workers and the gateway as processes of their own, started and stopped.

Used by `photolog cluster` and by tests that kill processes.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from infra.local.ports import free_ports
from infra.local.stack.prometheus import TARGETS

PHOTOLOG = Path(sys.executable).with_name("photolog")
READY_WITHIN_S, STOP_WITHIN_S, LOOK_EVERY_S = 180.0, 60.0, 0.05


class NotReady(Exception):
    """A process ended, or did not answer in time; says which, and its last words."""


@dataclass
class Member:
    """One process of the site."""

    name: str
    arguments: list[str]
    environment: Mapping[str, str]
    log: Path
    url: str = ""
    """Where it serves; empty for a worker."""
    ops_url: str = ""
    """Where it answers operators; empty for the gateway."""
    process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Its process; None before it is started, and once it has ended."""
        return self.process.pid if self.process and self.process.returncode is None else None

    @property
    def ready_url(self) -> str:
        """What answers with 200 once it is ready."""
        return f"{self.url}/readyz" if self.url else f"{self.ops_url}/healthz"

    async def start(self) -> None:
        """Starts the process; it goes on in a session of its own, out of reach of the terminal's Ctrl-C."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                PHOTOLOG, *self.arguments, stdout=log, stderr=log, env=self.environment, start_new_session=True
            )

    async def ready(self) -> None:
        """Waits until it may serve. Raises NotReady."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + READY_WITHIN_S
        async with httpx.AsyncClient(trust_env=False) as http:
            while True:
                # Looked at first: somebody else may answer on the port that this process could not have.
                if self.pid is None or loop.time() > deadline:
                    raise NotReady(f"{self.name}: {self.log.read_text(errors='replace')[-2_000:]}")
                if await _answers(http, self.ready_url):
                    return
                await asyncio.sleep(LOOK_EVERY_S)

    def kill(self) -> None:
        """SIGKILL, now."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()

    async def stop(self) -> int | None:
        """SIGTERM, and SIGKILL for whoever does not end; the exit code."""
        if self.process is None:
            return None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self.process.wait(), STOP_WITHIN_S)
            except TimeoutError:
                self.process.kill()
        return await self.process.wait()


@dataclass
class LocalSite:
    """The processes of one site, over servers that the environment names."""

    folder: Path
    environment: Mapping[str, str]
    copies: int = 1
    """How many command APIs, query APIs and workers there are, each."""
    port: int = 8080
    draw_ports: Callable[[int], list[int]] = free_ports
    """Where the other ports come from."""
    members: dict[str, Member] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The site's one origin: the gateway."""
        return f"http://127.0.0.1:{self.port}"

    def plan(self) -> None:
        """Decides on ports, and what will be started."""
        self.folder.mkdir(parents=True, exist_ok=True)
        ports = [port for port in self.draw_ports(5 * self.copies + 1) if port != self.port]
        commands, queries = ports[: self.copies], ports[self.copies : 2 * self.copies]
        ops = iter(ports[2 * self.copies :])
        common = {**os.environ, **self.environment, "PHOTOLOG_PORT": str(self.port), "PHOTOLOG_PUBLIC_URL": self.url}
        common["PHOTOLOG_DATA"] = str(self.folder)
        common.setdefault("PHOTOLOG_PROXIES", "127.0.0.1")  # the gateway
        for number, port in enumerate(commands, start=1):
            self._add(
                f"command-api-{number}",
                ["command-api"],
                {**common, "PHOTOLOG_COMMAND_PORT": str(port)},
                port,
                next(ops),
            )
        for number, port in enumerate(queries, start=1):
            self._add(
                f"query-api-{number}", ["query-api"], {**common, "PHOTOLOG_QUERY_PORT": str(port)}, port, next(ops)
            )
        for number in range(1, self.copies + 1):
            name = f"worker-{number}"
            self._add(name, ["worker"], {**common, "PHOTOLOG_WORKER_NAME": name}, ops_port=next(ops))
        places = {"PHOTOLOG_COMMAND_APIS": commands, "PHOTOLOG_QUERY_APIS": queries}
        behind = {name: ",".join(f"127.0.0.1:{port}" for port in ports) for name, ports in places.items()}
        self._add("gateway", ["gateway"], {**common, **behind}, self.port)
        asked = [member.ops_url.removeprefix("http://") for member in self.members.values() if member.ops_url]
        (self.folder / TARGETS).write_text(json.dumps([{"targets": asked}]))

    async def start(self) -> None:
        """Starts everything and waits until it may serve. The first API makes what is missing on the servers."""
        self.plan()
        first = self.members["command-api-1"]
        await first.start()
        await first.ready()
        others = [member for member in self.members.values() if member is not first]
        for member in others:
            await member.start()
        for member in others:
            await member.ready()

    async def stop(self) -> dict[str, int | None]:
        """Stops everything, the gateway first; exit codes by name."""
        codes = {"gateway": await self.members["gateway"].stop()} if "gateway" in self.members else {}
        rest = [member for member in self.members.values() if member.name != "gateway"]
        stopped = await asyncio.gather(*(member.stop() for member in rest))
        return {**codes, **{member.name: code for member, code in zip(rest, stopped, strict=True)}}

    def _add(
        self,
        name: str,
        arguments: list[str],
        environment: Mapping[str, str],
        port: int | None = None,
        ops_port: int | None = None,
    ) -> None:
        url, ops_url = (f"http://127.0.0.1:{number}" if number else "" for number in (port, ops_port))
        environment = {**environment, "PHOTOLOG_OPS_PORT": str(ops_port or 0)}
        self.members[name] = Member(name, arguments, environment, self.folder / f"{name}.log", url, ops_url)


async def _answers(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(url)).status_code == 200
    except httpx.TransportError:
        return False
