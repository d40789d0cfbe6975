"""A real `photolog serve` process for tests: its own data folder, free ports, a log file; stopped or killed."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

from tests.callers import callers
from tests.pace import patient
from tests.ports import free_ports
from tests.unlimited import RATES

PHOTOLOG = Path(sys.executable).with_name("photolog")
READY_WITHIN_S = 60.0
STOP_WITHIN_S = 20.0
LOOK_EVERY_S = 0.05


def send(process: asyncio.subprocess.Process, number: int) -> None:
    """A signal to a process, unless it has ended, perhaps just now. `process.send_signal` looks first whether it has,
    and so takes the exit code from asyncio, whose `wait` says 255 then."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)


class ServerProcess:
    """One server on one data folder. It keeps its ports, so that URLs stay valid when it is started again."""

    def __init__(self, data: Path, settings: Mapping[str, str] | None = None) -> None:
        self.data = data
        self.log = data.with_name(f"{data.name}.server.log")
        port, ops_port = free_ports(2)
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("PHOTOLOG_")}
        self.environment |= {"PHOTOLOG_PORT": str(port), "PHOTOLOG_OPS_PORT": str(ops_port)}
        self.environment |= {"PHOTOLOG_DATA": str(data), **RATES, **(settings or {})}
        self._process: asyncio.subprocess.Process | None = None

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The running process. Raises RuntimeError before the first start."""
        if self._process is None:
            raise RuntimeError("the server has not been started")
        return self._process

    async def start(self) -> None:
        """Starts the server and waits until it may serve. Raises RuntimeError, with its last words, if it does not."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                PHOTOLOG, "serve", stdout=log, stderr=log, env=self.environment, start_new_session=True
            )
        await self._ready()

    def kill(self) -> None:
        """SIGKILL, now, to the server alone: what it started goes on until it notices, as after a real crash."""
        self.process.kill()

    async def ended(self) -> int:
        """Waits until the process is over; its exit code."""
        return await asyncio.wait_for(self.process.wait(), patient(STOP_WITHIN_S))

    async def stop(self) -> int:
        """SIGTERM, and waits; its exit code. Raises TimeoutError when it does not end."""
        self.process.terminate()
        return await self.ended()

    async def clear(self) -> None:
        """Ends whatever is left of the server and of what it started; safe to repeat."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    def last_words(self, characters: int = 3_000) -> str:
        """The end of what the server wrote to stdout and stderr."""
        return self.log.read_text(errors="replace")[-characters:]

    async def _ready(self) -> None:
        deadline = time.monotonic() + patient(READY_WITHIN_S)
        async with callers(self.url) as http:
            while not await _says_ready(http):
                if await self._is_over(LOOK_EVERY_S):
                    raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.last_words()}")
                if time.monotonic() > deadline:
                    raise RuntimeError(f"not ready after {READY_WITHIN_S:.0f} s:\n{self.last_words()}")

    async def _is_over(self, within: float) -> bool:
        try:
            await asyncio.wait_for(self.process.wait(), within)
        except TimeoutError:
            return False
        return True


@asynccontextmanager
async def running_server(data: Path, settings: Mapping[str, str] | None = None) -> AsyncIterator[ServerProcess]:
    """A server that is ready, and nothing of it left afterwards."""
    server = ServerProcess(data, settings)
    try:
        await server.start()
        yield server
    finally:
        await server.clear()


async def _says_ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False
