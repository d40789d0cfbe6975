"""The mail that the settings choose: a mail server if one is named, else a folder beside the data."""

import ssl

from commands.ports import Mail
from infra.mail.folder import FolderMail
from infra.mail.smtp import MailServer, SmtpMail
from infra.process.settings import Settings
from infra.wiring import places


def chosen_mail(settings: Settings) -> Mail:
    """Connects to nothing yet."""
    if not settings.smtp_host:
        return FolderMail(settings.data / "mail", settings.smtp_from)
    server = MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        user=settings.smtp_user,
        password=places.shown(settings.smtp_password),
        tls_context=ssl.create_default_context(cafile=settings.smtp_tls_ca) if settings.smtp_tls_ca else None,
    )
    return SmtpMail(server, settings.smtp_from)
