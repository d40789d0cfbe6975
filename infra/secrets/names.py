"""The name secret: what usernames are digested with, for ever. Kept in the vault, wrapped like a subject's key.

Its digests are the ids of streams: under another secret every name could be taken a second time. So it is made once, of
the site's first secret, and never changes, whatever becomes of that secret (decisions/0013).
"""

from infra.process.settings import SettingsInvalid
from infra.secrets.site import Secrets
from infra.secrets.wrapping import WrappedKeys
from schemas.errors import Gone

NAMES = "site:usernames"
"""Its subject: no account's id looks like this."""
LOOKED_AT = 100


async def name_secret(vault: WrappedKeys, secrets: Secrets) -> bytes:
    """The site's name secret. Raises SettingsInvalid under a secret that is not this site's."""
    standing = await vault.wrapped_key(NAMES)
    if standing is None:
        await _check_first(vault, secrets)
        standing = await _made(vault, vault.keyring.wrap(NAMES, secrets.key("usernames")))
    return opened(vault, NAMES, standing)


def opened(vault: WrappedKeys, subject: str, wrapped: bytes) -> bytes:
    """The key. Raises SettingsInvalid instead of ValueError: a site's operator can mend it."""
    try:
        return vault.keyring.unwrap(subject, wrapped)
    except ValueError:
        raise SettingsInvalid(
            "PHOTOLOG_SECRET is not the secret that this site's keys are wrapped under, nor is PHOTOLOG_SECRET_PREVIOUS"
        ) from None


async def _check_first(vault: WrappedKeys, secrets: Secrets) -> None:
    """A site from before this key was kept has keys already: the secret that they are under is its first."""
    if secrets.previous is not None:
        raise SettingsInvalid(
            "PHOTOLOG_SECRET_PREVIOUS is set: this site must have run once with its first secret alone"
        )
    page = await vault.wrapped_keys("", LOOKED_AT)
    for key in page.keys:
        if key.wrapped is not None:
            opened(vault, key.subject, key.wrapped)
            return


async def _made(vault: WrappedKeys, wrapped: bytes) -> bytes:
    try:
        return await vault.create_wrapped(NAMES, wrapped)
    except Gone:
        raise SettingsInvalid("the secret of this site's usernames is destroyed: nobody could be found again") from None
