"""Messages as mail has them (RFC 5322): what SmtpMail sends and FolderMail keeps."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from email_validator import EmailNotValidError, validate_email

from commands.ports import Message, Undeliverable


def mail_of(message: Message, sender: str) -> EmailMessage:
    """The mail. Raises Undeliverable for what is not exactly one address: a header could be read as several."""
    mail = EmailMessage()
    mail["From"] = sender
    local_part, _, domain = address_of(message.to).rpartition("@")
    mail["To"] = Address(username=local_part, domain=domain)
    mail["Subject"] = message.subject
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    mail.set_content(message.text)
    return mail


def address_of(text: str) -> str:
    """The address as mail servers take it, its domain in ASCII. Raises Undeliverable by the rule of schemas/text.py."""
    try:
        address = validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        raise Undeliverable from None
    return f"{address.local_part}@{address.ascii_domain}"
