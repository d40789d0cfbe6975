"""FolderMail: commands.ports.Mail into a folder, a file a message, for a site without a mail server.

Whoever runs the site reads them there: nobody else can.
"""

import asyncio
import os
import time
import uuid
from email.policy import EmailPolicy
from pathlib import Path

from commands.ports import Message
from infra.mail.messages import mail_of

EIGHT_BIT = EmailPolicy(utf8=True)
"""Addresses outside of ASCII stand in headers as they are."""


class FolderMail:
    """Files sort by the time at which they were written; nothing in their names says whose they are."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, message: Message) -> None:
        """On disk when this returns."""
        content = mail_of(message, self._sender).as_bytes(policy=EIGHT_BIT)
        await asyncio.to_thread(self._write, f"{time.time_ns()}-{uuid.uuid4().hex}", content)

    def _write(self, name: str, content: bytes) -> None:
        """Whole under another name first: who looks in the folder sees no half message."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = self._folder / f".{name}"
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._folder / f"{name}.eml")
