"""The shape that the stack's servers share: what to obtain, how to start, and how to tell that it works."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from infra.local.stack.artefacts import Artefact
from infra.local.stack.credentials import Credentials
from infra.local.stack.ports import Ports
from infra.local.stack.work import Work

QUICK_COMPILER, ONE_COLLECTOR = "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"


@dataclass(frozen=True)
class Thrift:
    """What the servers of a stack do without, to cost less: tests start many, for minutes each."""

    brief: bool = False
    """Code is compiled quickly rather than well: half the cost of a start, dearer from hours on."""
    whole: bool = False
    """No server of it is ever killed, so that nothing needs to be safe from that but what is asked to be; and it fills
    with tables that nobody uses any more, which go with it."""

    @property
    def java(self) -> list[str]:
        """Options of every JVM."""
        return [QUICK_COMPILER, ONE_COLLECTOR] if self.brief else []


LASTING = Thrift()
"""Without any: of a stack that somebody works with."""


@dataclass(frozen=True)
class Premises:
    """What a server is told about the stack that it belongs to."""

    folder: Path
    ports: Ports
    credentials: Credentials
    origins: tuple[str, ...]
    """Browser origins that may use the object store's URLs."""
    thrift: Thrift = LASTING


@dataclass(frozen=True)
class Launch:
    """A command that runs a server in the foreground, and the environment that it adds."""

    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)


class Server(Protocol):
    """One server of one stack."""

    @property
    def name(self) -> str:
        """What `--only` calls it."""
        ...

    @property
    def artefact(self) -> Artefact:
        """Its program."""
        ...

    @property
    def folder(self) -> Path:
        """Its configuration and data."""
        ...

    @property
    def ports(self) -> tuple[int, ...]:
        """Every port that it listens on; the first is the one that clients use."""
        ...

    @property
    def url(self) -> str:
        """Where clients find it."""
        ...

    def prepare(self, program: Path, work: Work) -> Launch:
        """Writes its configuration, and formats its storage once; `program` is what its artefact obtained.

        Safe to repeat while it is down."""
        ...

    def answers(self) -> bool:
        """Whether it answers a real query, within seconds. An open port is no answer."""
        ...
