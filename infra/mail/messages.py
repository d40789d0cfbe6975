"""Messages as mail has them (RFC 5322): what SmtpMail sends and FolderMail keeps."""

from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from commands.ports import Message, Undeliverable


def mail_of(message: Message, sender: str) -> EmailMessage:
    """The mail. Raises Undeliverable for what is not exactly one address: a header could be read as several."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = _address(message.to)
    mail["Subject"] = message.subject
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    mail.set_content(message.text)
    return mail


def _address(text: str) -> Address:
    try:
        return Address(addr_spec=text)
    except (HeaderParseError, ValueError, IndexError):  # what the library's parser raises for what is no address
        raise Undeliverable from None
