"""SmtpMail: commands.ports.Mail through a mail server (RFC 5321), with TLS and credentials as settings have them."""

import logging
import ssl
from dataclasses import dataclass, field
from typing import Literal

from aiosmtplib import SMTPException, SMTPNotSupported, SMTPRecipientsRefused, send

from commands.ports import Message, Undeliverable
from infra.mail.messages import address_of, mail_of
from schemas.errors import Unavailable

logger = logging.getLogger("photolog.mail")
WITHIN_S = 10.0
"""How long any one answer of the server may take."""
FOR_GOOD = 500
"""Codes from here on mean that trying again is of no use."""


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over, and as whom."""

    host: str
    port: int
    tls: Literal["starttls", "tls", "none"] = "starttls"
    """`tls` from the first byte, or by STARTTLS, without which nothing is sent; or none."""
    user: str = ""
    password: str = field(default="", repr=False)
    tls_context: ssl.SSLContext | None = None
    """None: the system's certificate authorities."""


class SmtpMail:
    """A connection a message: confirmations are rare."""

    def __init__(self, server: MailServer, sender: str, within_s: float = WITHIN_S) -> None:
        self._server = server
        self._sender = sender
        self._within_s = within_s

    async def send(self, message: Message) -> None:
        """The server has taken it when this returns."""
        mail, to, server = mail_of(message, self._sender), address_of(message.to), self._server
        try:
            await send(
                mail,
                sender=self._sender,
                recipients=[to],
                hostname=server.host,
                port=server.port,
                username=server.user or None,
                password=server.password or None,
                timeout=self._within_s,
                use_tls=server.tls == "tls",
                start_tls=server.tls == "starttls",
                tls_context=server.tls_context,
            )
        except SMTPRecipientsRefused as error:
            if all(refused.code >= FOR_GOOD for refused in error.recipients):
                raise Undeliverable from None
            raise Unavailable("the mail server does not take this now") from None
        except (SMTPException, OSError) as error:
            if isinstance(error, SMTPNotSupported) and not to.isascii():
                raise Undeliverable from None
            # Neither the server's words nor the address: it may quote one.
            logger.warning("mail is not sent: %s %s", type(error).__name__, getattr(error, "code", ""))
            raise Unavailable("the mail server does not take this now") from None
