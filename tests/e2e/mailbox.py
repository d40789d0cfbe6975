"""The folder that a server without a mail server puts its mails in, as whoever runs it would look through it."""

import re
import time
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from tests.pace import patient

ARRIVES_WITHIN_S, LOOK_EVERY_S = 20.0, 0.02
TOKEN = re.compile(r"^\d+\.(\d+\.[\w-]+|ac_\w+)\.[0-9a-f]{64}$", re.MULTILINE)
"""Of either kind: of a confirmation or of a recovery."""


@dataclass(frozen=True)
class Mailbox:
    """Mails of everybody."""

    folder: Path

    def to(self, address: str) -> list[EmailMessage]:
        """All mails to this address, the oldest first."""
        mails = [
            message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(self.folder.glob("*.eml"))
        ]
        return [mail for mail in mails if isinstance(mail, EmailMessage) and mail["To"] == address]

    def token(self, address: str, number: int = 1) -> str:
        """The token in the mail of this number to this address; waits for it, because it follows an answer."""
        deadline = time.monotonic() + patient(ARRIVES_WITHIN_S)
        while len(found := self.to(address)) < number:
            assert time.monotonic() < deadline, f"{len(found)} mails to {address}"
            time.sleep(LOOK_EVERY_S)
        token = TOKEN.search(found[number - 1].get_content())
        assert token, found[number - 1].get_content()
        return token[0]
