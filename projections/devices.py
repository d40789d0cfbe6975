"""Which devices tell an account of what concerns it. Fed by events/devices.py; read by processors/pushes.py, which asks
the ledger for each whether it is still so: tokens are kept nowhere else."""

from events.devices import DeviceRegistered, DeviceRemoved
from events.envelope import Recorded
from projections.effects import Delete, Effects, Projection, Put
from schemas.positions import ACCOUNTS
from schemas.tables import TEXT, TIME, Table

DEVICES = Table(
    "devices",
    partition="account_id",
    order="device_id",
    columns={"platform": TEXT, "device_since": TIME},
    subject="account_id",
)

PROJECTION = Projection("devices", topics=[ACCOUNTS], tables=[DEVICES])


@PROJECTION.projects(DeviceRegistered, sealed=True)
def registered(recorded: Recorded[DeviceRegistered]) -> Effects:
    event, device = recorded.event, _device(recorded.stream)
    if event.before_id is not None:
        yield Delete(DEVICES, account_id=event.before_id, device_id=device)
    yield Put(DEVICES, account_id=event.account_id, device_id=device, platform=event.platform, device_since=recorded.at)


@PROJECTION.projects(DeviceRemoved)
def removed(recorded: Recorded[DeviceRemoved]) -> Effects:
    yield Delete(DEVICES, account_id=recorded.event.account_id, device_id=_device(recorded.stream))


def _device(stream: str) -> str:
    return stream.partition("/")[2]
