"""Checks mail: that a cluster names a server for it, reached by TLS. Nothing is sent, and nobody is asked."""

from infra.check.findings import Finding, judged
from infra.process.settings import Settings

ABOUT = "mail"


def judge(settings: Settings) -> list[Finding]:
    """Pure."""
    if not settings.smtp_host:
        text = "PHOTOLOG_SMTP_HOST is not set: mails stay in a folder of each command API, and reach nobody"
        return [Finding(ABOUT, "weak", text)]
    fine, otherwise = "TLS is on", "PHOTOLOG_SMTP_TLS is none: whoever is on the network reads confirmations"
    return [judged(ABOUT, settings.smtp_tls != "none", fine, otherwise)]


async def check(settings: Settings) -> list[Finding]:
    """The findings about mail."""
    return judge(settings)
