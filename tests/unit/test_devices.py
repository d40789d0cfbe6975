"""Devices: whose they are, and until when. A token belongs to the last account that put it."""

from dataclasses import replace

from commands.devices import Device, LetGo, RegisterDevice, RemoveDevice, device_id
from events.devices import DeviceRegistered, DeviceRemoved
from projections.devices import DEVICES, PROJECTION
from projections.effects import Delete, Put
from schemas.ids import AccountId, SessionId
from schemas.refusals import NotYours, UnknownDevice
from tests.unit.given import given
from tests.unit.samples import ANN, BEN, NOON, SESSION, recorded

TOKEN = "a token"
DEVICE = device_id(b"secret", "apns", TOKEN)
PUT = RegisterDevice(ANN, DEVICE, SESSION, "apns", TOKEN)
REGISTERED = DeviceRegistered(account_id=ANN, before_id=None, session_id=SESSION, platform="apns", token=TOKEN)
REMOVED = DeviceRemoved(account_id=ANN, why="asked")
STREAM = f"device/{DEVICE}"


def test_a_token_belongs_to_the_last_account_that_put_it() -> None:
    given().when(PUT).then(REGISTERED)
    given(REGISTERED).when(PUT).then_nothing()
    moved = REGISTERED.model_copy(update={"account_id": BEN, "before_id": ANN})
    given(REGISTERED).when(replace(PUT, actor=BEN)).then(moved)
    given(REGISTERED, moved).when(PUT).then(REGISTERED.model_copy(update={"before_id": BEN}))


def test_a_later_session_takes_a_device_on() -> None:
    later = SessionId("se_00000000002")
    anew = REGISTERED.model_copy(update={"session_id": later})
    given(REGISTERED).when(replace(PUT, session_id=later)).then(anew)


def test_only_whose_device_it_is_removes_it() -> None:
    given(REGISTERED).when(RemoveDevice(ANN, DEVICE)).then(REMOVED)
    given(REGISTERED).when(RemoveDevice(BEN, DEVICE)).then_refused(NotYours)
    given().when(RemoveDevice(ANN, DEVICE)).then_refused(UnknownDevice)
    given(REGISTERED, REMOVED).when(RemoveDevice(ANN, DEVICE)).then_nothing()
    given(REGISTERED, REMOVED).when(PUT).then(REGISTERED)


def test_what_a_gateway_says_of_a_device_is_said_of_no_later_one() -> None:
    pushed = Device(ANN, SESSION, "apns", TOKEN)
    gone = LetGo(AccountId("system:pushes"), DEVICE, pushed, "unregistered")
    given(REGISTERED).when(gone).then(DeviceRemoved(account_id=ANN, why="unregistered"))
    moved = REGISTERED.model_copy(update={"account_id": BEN, "before_id": ANN})
    given(REGISTERED, moved).when(gone).then_nothing()
    given(REGISTERED, REMOVED).when(gone).then_nothing()


def test_a_device_is_listed_with_one_account_and_its_token_nowhere() -> None:
    moved = REGISTERED.model_copy(update={"account_id": BEN, "before_id": ANN})
    assert PROJECTION.effects(recorded(moved, stream=STREAM)) == [
        Delete(DEVICES, account_id=ANN, device_id=DEVICE),
        Put(DEVICES, account_id=BEN, device_id=DEVICE, platform="apns", device_since=NOON + 1),
    ]
    (gone,) = PROJECTION.effects(recorded(REMOVED, stream=STREAM))
    assert gone == Delete(DEVICES, account_id=ANN, device_id=DEVICE)


def test_one_token_of_two_platforms_is_two_devices() -> None:
    assert device_id(b"secret", "fcm", TOKEN) != DEVICE != device_id(b"another", "apns", TOKEN)
    assert TOKEN not in DEVICE
