"""What a child's end means: its report, or the signal that it died by, becomes processors.ports.Rendered or Refused."""

import signal
from typing import Annotated

from pydantic import BaseModel, StringConstraints, ValidationError

from events.posts import RejectionReason
from infra.vips.refusals import UNFORESEEN, out_of_memory, reason_of
from processors.ports import Refused, Rendered, RenderedFile, RenditionName
from schemas.errors import Unavailable

_OUT_OF_TIME = {signal.SIGXCPU, signal.SIGALRM}
_CRASHES = {
    signal.SIGSEGV,
    signal.SIGBUS,
    signal.SIGILL,
    signal.SIGFPE,
    signal.SIGABRT,
    signal.SIGTRAP,
    signal.SIGSYS,
}
TRY_AGAIN = "Photos cannot be rendered at the moment"
"""What clients read of a machine's fault. Operators find its cause behind it."""


class _Refusal(BaseModel):
    refused: RejectionReason


class _File(BaseModel):
    name: RenditionName
    content_type: str
    extension: str
    width: int
    height: int
    size_bytes: int


class _Rendering(BaseModel):
    width: int
    height: int
    blurhash: str
    look: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}( [0-9a-f]{16})?$")]
    files: list[_File]


class _Report(BaseModel):
    """Validated like any input: a child that has met a hostile file is not trusted."""

    said: _Refusal | _Rendering


class ChildFailed(Exception):
    """A child ended in a way that says nothing about the file. Always the cause of an Unavailable."""


class ChildLost(Exception):
    """A child ended in a way that may be the file's doing or chance: `reason` is what the file is refused for if it
    happens again and again."""

    def __init__(self, reason: RejectionReason) -> None:
        super().__init__(reason)
        self.reason: RejectionReason = reason


def verdict(exit_code: int, output: bytes, complaints: str) -> Rendered | Refused:
    """A crash is the file's doing, and so is running into the memory limit.

    Raises ChildLost for one that the kernel killed, as it does when memory runs out, and for a fault that nobody
    foresaw; Unavailable for any other end, which is the machine's.
    """
    if exit_code == 0:
        return _read(output)
    if -exit_code in _OUT_OF_TIME:
        return Refused("too_slow")
    if -exit_code in _CRASHES or out_of_memory(complaints):
        return Refused(reason_of(complaints))
    if -exit_code == signal.SIGKILL:
        raise ChildLost("too_slow")
    failed = ChildFailed(f"exit code {exit_code}: {complaints[-2000:]}")
    if exit_code == UNFORESEEN:
        raise ChildLost("corrupt") from failed
    raise Unavailable(TRY_AGAIN) from failed


def _read(output: bytes) -> Rendered | Refused:
    line, _, contents = output.partition(b"\n")
    try:
        said = _Report.model_validate_json(b'{"said":' + line + b"}").said
    except ValidationError as error:
        raise Unavailable(TRY_AGAIN) from error
    if isinstance(said, _Refusal):
        return Refused(said.refused)
    files: list[RenderedFile] = []
    for file in said.files:
        content, contents = contents[: file.size_bytes], contents[file.size_bytes :]
        if len(content) != file.size_bytes:
            raise Unavailable(TRY_AGAIN) from ChildFailed("a report that ends early")
        described = file.model_dump(exclude={"size_bytes"})
        files.append(RenderedFile(**described, content=content))
    return Rendered(tuple(files), said.width, said.height, said.blurhash, said.look)
