"""PUT and DELETE /devices/{token}: which devices are told of what concerns one."""

from fastapi import APIRouter, Response

from commands.answers import Answer
from commands.api.call import Call, Signed
from commands.api.routes import TokenFirst
from commands.api.sessions import CurrentSession
from commands.devices import DeviceCommand, RegisterDevice, RemoveDevice
from commands.once import Attempt
from schemas.devices import ADeviceToken, DevicePlatform
from schemas.errors import FieldError, ValidationFailed
from schemas.subscriptions import read_subscription

router = APIRouter(prefix="/devices", tags=["devices"], route_class=TokenFirst)


@router.put("/{token}", status_code=204)
async def register(token: ADeviceToken, body: DevicePlatform, call: Signed, session: CurrentSession) -> Response:
    """Has this device told from now on, until it is removed or the session ends; whoever had it before is not."""
    if body.platform == "webpush":
        _check_subscription(token)
    device = call.services.device_id(body.platform, token)
    return await _say(RegisterDevice(call.actor, device, session, body.platform, token), call)


@router.delete("/{token}", status_code=204)
async def remove(token: ADeviceToken, body: DevicePlatform, call: Signed) -> Response:
    """Has this device told nothing more; said again, it changes nothing."""
    return await _say(RemoveDevice(call.actor, call.services.device_id(body.platform, token)), call)


async def _say(command: DeviceCommand, call: Call) -> Response:
    async def work(attempt: Attempt) -> Answer:
        return call.answer(204, None, await call.edit(command, attempt))

    return await call.once(work)


def _check_subscription(token: str) -> None:
    try:
        read_subscription(token)
    except ValueError as error:
        raise ValidationFailed([FieldError("token", str(error))]) from None
