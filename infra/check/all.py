"""All checks of a site, side by side; a server that does not answer is a finding too."""

import asyncio
from collections.abc import Awaitable, Callable

from infra.check import cql, kafka, mail, minio, opensearch, partitions, redis, secrets
from infra.check.findings import Finding
from infra.process.settings import Settings, SettingsInvalid
from schemas.errors import Unavailable

WITHIN_S = 15.0
Check = Callable[[Settings], Awaitable[list[Finding]]]
CLUSTER: dict[str, Check] = {
    kafka.ABOUT: kafka.check,
    cql.ABOUT: cql.check,
    partitions.ABOUT: partitions.check,
    redis.ABOUT: redis.check,
    opensearch.ABOUT: opensearch.check,
    minio.ABOUT: minio.check,
    mail.ABOUT: mail.check,
}


async def check(settings: Settings) -> list[Finding]:
    """Every finding. Embedded, there are no servers, and the secret is made where there is none."""
    found = await secrets.check(settings)
    if settings.backend == "embedded":
        needed = [one for one in found if settings.secret is not None or one.severity != "missing"]
        return [*needed, Finding("backend", "ok", "embedded: there are no servers to look at")]
    checks = await asyncio.gather(*(_checked(about, one, settings) for about, one in CLUSTER.items()))
    return [*found, *(finding for findings in checks for finding in findings)]


async def _checked(about: str, check: Check, settings: Settings) -> list[Finding]:
    try:
        async with asyncio.timeout(WITHIN_S):
            return await check(settings)
    except TimeoutError:
        return [Finding(about, "missing", f"it does not answer within {WITHIN_S:.0f} s")]
    except Unavailable as error:
        return [Finding(about, "missing", f"it does not answer: {error}")]
    except SettingsInvalid as error:
        return [Finding(about, "missing", str(error))]
    except Exception as error:  # noqa: BLE001 - a refused password, a proxy's page: the others are looked at all the same
        return [Finding(about, "missing", f"it cannot be looked at: {type(error).__name__}: {error}")]
