"""The push gateways that the settings choose: none, some or all."""

from collections.abc import Mapping

from infra.process.settings import Settings, SettingsInvalid
from infra.push.apns import ApnsGateway, ApnsKey
from infra.push.asking import Asking
from infra.push.fcm import FcmGateway, ServiceAccount
from infra.push.webpush import WebPushGateway, WebPushKey
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
    if settings.webpush_key is not None:
        asking = Asking(tls_ca=settings.push_tls_ca)
        gateways["webpush"] = WebPushGateway(settings.webpush_services, webpush_key(settings), asking)
    return gateways


def webpush_key(settings: Settings) -> WebPushKey:
    """As whom browsers are told. Raises SettingsInvalid."""
    if not settings.webpush_contact.startswith(("mailto:", "https:")):
        raise SettingsInvalid("PHOTOLOG_WEBPUSH_KEY needs PHOTOLOG_WEBPUSH_CONTACT beside it, a mailto: or https: URL")
    try:
        return WebPushKey.read(places.shown(settings.webpush_key), settings.webpush_contact)
    except ValueError:
        raise SettingsInvalid("PHOTOLOG_WEBPUSH_KEY is not the PEM of a private key of P-256") from None
