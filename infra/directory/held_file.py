"""A response out of a file that is already open: deleted between its headers and its bytes, it is still sent whole."""

import os
from collections.abc import Mapping
from typing import BinaryIO

from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send


class HeldFile(FileResponse):
    """Sends `file`, whole or in the ranges asked for, and closes it.

    Starlette opens a path only after the status is out, so it is given the open descriptor's: `/dev/fd/<n>` leads to
    the same bytes when their last name is gone.
    """

    def __init__(self, file: BinaryIO, content_type: str, headers: Mapping[str, str]) -> None:
        self._file = file
        status = os.fstat(file.fileno())
        super().__init__(f"/dev/fd/{file.fileno()}", media_type=content_type, headers=headers, stat_result=status)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._file:
            await super().__call__(scope, receive, send)
