"""Gets nginx for the gateway where it is missing, as the stack gets its servers: from Debian, as root."""

from collections.abc import Callable
from threading import Event

from infra.gateway.nginx import find_nginx
from infra.local.stack.artefacts import DebianPackage
from infra.local.stack.cache import Cache
from infra.local.stack.settings import StackSettings
from infra.local.stack.work import Work

NGINX = DebianPackage("nginx-light", "nginx")


def get_nginx(say: Callable[[str, str], None]) -> None:
    """Installs it if need be, and says so. Raises CannotBeHad with a hint where that cannot be done."""
    if find_nginx() is None:
        NGINX.obtain(Cache(StackSettings().cache.expanduser()), Work("gateway", say, Event()))
