"""Settings of push gateways: as whom this site pushes to phones and browsers, and where."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from commands.limits import DAY_S
from infra.process.listed import COMMA_SEPARATED
from infra.process.server_settings import PREFIX

Hosts = Annotated[list[str], *COMMA_SEPARATED]
BROWSERS = ["fcm.googleapis.com", "push.services.mozilla.com", "notify.windows.com", "push.apple.com"]


class PushSettings(BaseSettings):
    """Those of Apple's, Google's and browsers' push services."""

    model_config = SettingsConfigDict(env_prefix=PREFIX)

    apns_key: SecretStr | None = Field(None, description="PEM of a key that Apple gave out; none: no pushes to iPhones")
    apns_key_id: str = Field("", description="its id")
    apns_team: str = Field("", description="the developer's team")
    apns_topic: str = Field("", description="the app that is told, its bundle id")
    apns_url: str = Field("https://api.push.apple.com", description="Apple's push gateway")
    fcm_account: SecretStr | None = Field(
        None, description="JSON file of a service account that Google gave out; none: no pushes to Android"
    )
    fcm_url: str = Field("https://fcm.googleapis.com", description="Google's push gateway")
    webpush_key: SecretStr | None = Field(
        None, description="PEM of a key that `photolog keys web-push --new` makes; none: no pushes to browsers"
    )
    webpush_contact: str = Field("", description="mailto: or https: URL of who answers for its pushes")
    webpush_services: Hosts = Field(BROWSERS, description="hosts that browsers may be told at, with all below them")
    push_tls_ca: Path | None = Field(None, description="CA file for all of them; default: the system's")
    push_within_s: int = Field(DAY_S, ge=60, description="seconds after which something is not pushed any more")
