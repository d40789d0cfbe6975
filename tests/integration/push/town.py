"""People with phones on a platform in the test's own process, whose gateways are the tests' own."""

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from commands.accounts import ClaimUsername, OpenAccount, name_digest
from commands.aggregate import Command
from commands.devices import Device, RegisterDevice, device_stream
from commands.follows import FollowAccount
from commands.handling import Cause
from commands.ports import Session
from infra.process.clock import wall_clock
from infra.process.settings import Settings
from infra.wiring.embedded import Platform, embedded
from infra.wiring.subscribers import PUSHES
from processors.runtime import Runtime
from schemas.devices import Platform as Kind
from schemas.ids import ACCOUNT_PREFIX, SESSION_PREFIX, AccountId, SessionId
from schemas.positions import Position
from tests.pace import patient, until
from tests.ports import free_ports
from tests.push import apns
from tests.push.gateways import Gateways
from tests.push.said import Asked, Reply, fine

DAY_MS = 86_400_000
WITHIN_S = 30.0
MODERATOR = AccountId("system:moderator")


@dataclass(frozen=True)
class Town:
    """What the tests say, to the handler itself."""

    platform: Platform
    phones: Gateways

    async def say(self, command: Command) -> list[Position]:
        """Handles a command; where its outcome is in the log."""
        handler = self.platform.services.handler
        command_id = await handler.ids.command_id()
        return (await handler.handle(command, Cause(command_id, command_id))).positions

    async def person(self, name: str) -> AccountId:
        """Somebody with an account."""
        services = self.platform.services
        account = AccountId(f"{ACCOUNT_PREFIX}_{await services.handler.ids.digits()}")
        await services.vault.create_key(account)
        opens = OpenAccount(account, name, f"{name}@example.org", name, wall_clock())
        await self.say(ClaimUsername(account, name_digest(b"a secret", name), opens))
        return account

    async def session(self, account: AccountId) -> SessionId:
        """A log-in."""
        session, now = SessionId(f"{SESSION_PREFIX}_{await self.platform.services.handler.ids.digits()}"), wall_clock()
        await self.platform.services.vault.put_session(Session(session, account, now, now + DAY_MS, (), (), now))
        return session

    async def end(self, session: SessionId) -> None:
        """A log-out."""
        vault = self.platform.services.vault
        standing = await vault.session(session)
        assert standing is not None
        await vault.put_session(replace(standing, ended=True, revision=standing.revision + 1))

    async def phone(self, account: AccountId, token: str, kind: Kind = "apns") -> SessionId:
        """A device of somebody, logged in anew."""
        session, device = await self.session(account), self.platform.services.device_id(kind, token)
        await self.say(RegisterDevice(account, device, session, kind, token))
        return session

    async def device(self, token: str, kind: Kind = "apns") -> Device:
        """What stands of a device."""
        device = self.platform.services.device_id(kind, token)
        state: Device = await self.platform.services.handler.states.look(device_stream(device))
        return state

    async def follow(self, follower: AccountId, followee: AccountId) -> list[Position]:
        """What the followee is to be told."""
        return await self.say(FollowAccount(follower, followee, 0, 100))

    @property
    def pushes(self) -> Runtime:
        """What feeds the pushes."""
        return next(one for one in self.platform.feeding.runtimes() if one.subscriber.id == PUSHES.id)

    async def settled(self, places: list[Position]) -> None:
        """Waits until everything that these places ask for is pushed, or is not to be."""
        positions = self.pushes.sources.positions
        done = await positions.wait([PUSHES.id], places, patient(WITHIN_S), finished=places)
        assert done, self.pushes.late


@asynccontextmanager
async def town(folder: Path, phones: Gateways, monkeypatch: pytest.MonkeyPatch, **said: Any) -> AsyncIterator[Town]:
    """A platform on this folder."""
    for name, value in phones.environment.items():
        monkeypatch.setenv(name, value)
    port, ops_port = free_ports(2)
    async with embedded(Settings(data=folder, port=port, ops_port=ops_port, canary_every_s=0, **said)) as platform:
        yield Town(platform, phones)


class Names:
    """Another name and token each time: one platform serves every test."""

    number = 0

    @classmethod
    def next(cls) -> str:
        cls.number += 1
        return f"{cls.number:08}"


async def two(here: Town) -> tuple[AccountId, AccountId, str]:
    """Somebody with a phone, somebody else, and the phone's token."""
    number = Names.next()
    ann, ben = await here.person(f"ann{number}"), await here.person(f"ben{number}")
    token = f"f0a1{number}"
    await here.phone(ann, token)
    return ann, ben, token


async def asked_for(here: Town, token: str) -> None:
    """Waits until somebody has tried to push to this phone."""
    await until(lambda: any(one.token == token for one in here.phones.apns.asked))


@contextmanager
def held_up(here: Town) -> Iterator[None]:
    """During the block the phones' gateway answers nothing. What it was asked by then fails, and nothing after it."""
    over = threading.Event()

    def failing(_asked: Asked) -> Reply:
        over.wait(patient(WITHIN_S))
        return apns.refusal(500, "InternalServerError")

    here.phones.apns.answers = failing
    try:
        yield
    finally:
        here.phones.apns.answers = fine
        over.set()


async def digits(here: Town) -> str:
    return await here.platform.services.handler.ids.digits()
