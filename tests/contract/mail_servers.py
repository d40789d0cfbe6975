"""Where the adapters of Mail put what they send: a real SMTP server in this process, and a folder."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from commands.ports import Mail
from infra.mail.folder import FolderMail
from infra.mail.smtp import MailServer, SmtpMail
from tests.ports import free_ports

SENDER = "photolog@site.example"
HOST = "127.0.0.1"


@dataclass
class Inbox:
    """A mail server's side. `refusing` answers a recipient with these words instead of taking it."""

    taken: list[Envelope] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    refusing: str = ""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, to: str, _options: Any) -> str:  # noqa: N802
        if self.refusing:
            return self.refusing
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.taken.append(envelope)
        self.encrypted.append(session.ssl is not None)
        return "250 OK"


@dataclass(frozen=True)
class Place:
    """An adapter, and what has arrived where it sends to."""

    mail: Mail
    arrived: Callable[[], list[EmailMessage]]
    envelopes: Callable[[], list[Envelope]] = list


@contextmanager
def smtp_server(inbox: Inbox, **parameters: Any) -> Iterator[int]:
    """Its port, for as long as the block lasts."""
    (port,) = free_ports(1)
    controller = Controller(inbox, hostname=HOST, port=port, **parameters)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def only(user: str, password: str) -> Callable[..., AuthResult]:
    """Lets in nobody else."""

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: LoginPassword) -> AuthResult:
        right = (given.login, given.password) == (user.encode(), password.encode())
        return AuthResult(success=right, handled=False)

    return authenticate


@contextmanager
def smtp_place() -> Iterator[Place]:
    inbox = Inbox()
    with smtp_server(inbox) as port:
        mail = SmtpMail(MailServer(HOST, port, tls="none"), SENDER)
        yield Place(mail, lambda: [_parsed(one.original_content or b"") for one in inbox.taken], lambda: inbox.taken)


@contextmanager
def folder_place(folder: Path) -> Iterator[Place]:
    yield Place(
        FolderMail(folder, SENDER), lambda: [_parsed(path.read_bytes()) for path in sorted(folder.glob("*.eml"))]
    )


def _parsed(content: bytes) -> EmailMessage:
    parsed = message_from_bytes(content, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed
