"""The device aggregate: one stream a token, which says whose device it is now. Tokens are looked up nowhere else."""

import hashlib
import hmac
from dataclasses import dataclass, field

from commands.aggregate import Aggregate, Command
from events.devices import DeviceRegistered, DeviceRemoved, WhyRemoved
from events.envelope import Event
from events.personal import Redacted
from schemas.devices import Platform
from schemas.ids import AccountId, SessionId
from schemas.refusals import NotYours, UnknownDevice


@dataclass(frozen=True)
class Device:
    """Whom a device tells; None: nobody."""

    account_id: AccountId | None
    session_id: SessionId
    platform: Platform
    token: str | Redacted = field(repr=False)


@dataclass(frozen=True)
class DeviceCommand(Command):
    device_id: str
    while_suspended = True

    @property
    def stream(self) -> str:
        return device_stream(self.device_id)


@dataclass(frozen=True)
class RegisterDevice(DeviceCommand):
    """Have this device tell the actor, whomever it told before."""

    session_id: SessionId
    platform: Platform
    token: str = field(repr=False)


@dataclass(frozen=True)
class RemoveDevice(DeviceCommand):
    """Have the actor's device tell nobody."""


@dataclass(frozen=True)
class LetGo(DeviceCommand):
    """The same, said by whoever pushes: of the device of this account and session, and of no later one."""

    of: Device
    why: WhyRemoved


def device_stream(device: str) -> str:
    """The stream of a device."""
    return f"device/{device}"


def device_id(secret: bytes, platform: Platform, token: str) -> str:
    """The id of a device: an HMAC, because tokens are personal."""
    return hmac.new(secret, f"device/{platform}/{token}".encode(), hashlib.sha256).hexdigest()


def decide(device: Device | None, command: DeviceCommand) -> list[Event]:
    match command:
        case RegisterDevice():
            return _registered(device, command)
        case LetGo():
            return _removed(device, command.why) if device == command.of else []
        case _:
            if device is None:
                raise UnknownDevice
            if device.account_id not in (None, command.actor):
                raise NotYours
            return _removed(device, "asked")


def _registered(device: Device | None, command: RegisterDevice) -> list[Event]:
    wanted = Device(command.actor, command.session_id, command.platform, command.token)
    if device == wanted:
        return []
    before = device.account_id if device else None
    return [
        DeviceRegistered(
            account_id=command.actor,
            before_id=before if before != command.actor else None,
            session_id=command.session_id,
            platform=command.platform,
            token=command.token,
        )
    ]


def _removed(device: Device, why: WhyRemoved) -> list[Event]:
    return [] if device.account_id is None else [DeviceRemoved(account_id=device.account_id, why=why)]


def evolve(_device: Device | None, event: Event) -> Device:
    match event:
        case DeviceRegistered():
            return Device(event.account_id, event.session_id, event.platform, event.token)
        case DeviceRemoved():
            return Device(None, SessionId(""), "apns", "")
        case _:
            raise TypeError(f"{type(event).__name__} does not happen to a device")


DEVICE = Aggregate("device", evolve, decide, state=Device)
