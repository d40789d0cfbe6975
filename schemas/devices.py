"""Bodies about devices, and their tokens."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from schemas.bodies import Body

Platform = Literal["apns", "fcm", "webpush"]
ADeviceToken = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_:.~=+-]{8,1024}$")]
"""As a push gateway has given it to the device; opaque to us. A browser's: see subscriptions.py."""


class DevicePlatform(Body):
    """Whose token it is."""

    platform: Platform
