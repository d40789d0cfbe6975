"""The push gateways that the settings choose: none, one or both."""

from collections.abc import Mapping

from infra.process.settings import Settings, SettingsInvalid
from infra.push.apns import ApnsGateway, ApnsKey
from infra.push.asking import Asking
from infra.push.fcm import FcmGateway, ServiceAccount
from infra.wiring import places
from processors.push_ports import PushGateway
from schemas.devices import Platform


def chosen_gateways(settings: Settings) -> Mapping[Platform, PushGateway]:
    """Connects to nothing yet. Raises SettingsInvalid."""
    gateways: dict[Platform, PushGateway] = {}
    if settings.apns_key is not None:
        key = ApnsKey(places.shown(settings.apns_key), settings.apns_key_id, settings.apns_team, settings.apns_topic)
        if not (key.key_id and key.team and key.topic):
            raise SettingsInvalid("PHOTOLOG_APNS_KEY needs PHOTOLOG_APNS_KEY_ID, _APNS_TEAM and _APNS_TOPIC beside it")
        gateways["apns"] = ApnsGateway(settings.apns_url, key, Asking(http2=True, tls_ca=settings.push_tls_ca))
    if settings.fcm_account is not None:
        try:
            account = ServiceAccount.read(places.shown(settings.fcm_account))
        except ValueError as error:
            raise SettingsInvalid(f"PHOTOLOG_FCM_ACCOUNT: {error}") from None
        gateways["fcm"] = FcmGateway(settings.fcm_url, account, Asking(tls_ca=settings.push_tls_ca))
    return gateways
