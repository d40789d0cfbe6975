"""Why a photo is refused, inside the child. The parent turns a Refusal into processors.ports.Refused."""

import re
from typing import Literal

Reason = Literal["corrupt", "type_mismatch", "too_many_pixels", "unsupported"]
"""Those of events.posts.RejectionReason that a child can find; written out, for that module costs a child 200 ms."""

_OUT_OF_MEMORY = re.compile(r"out of memory|insufficient memory|memory allocation|failed to allocate|cannot allocate")
_MACHINE = re.compile(r"creating thread|input/output error|stale file handle|too many open files")


UNFORESEEN = 70
"""The exit code of a child that failed over this file in a way that nobody foresaw."""


class Unforeseen(Exception):
    """A fault of ours that this file brings about, so far as a child can tell."""


class Refusal(Exception):
    """This file is not published."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def out_of_memory(complaint: str) -> bool:
    """Whether a decoder, the C library or Python says that it ran into the memory limit."""
    return _OUT_OF_MEMORY.search(complaint.lower()) is not None


def is_machine_fault(complaint: str) -> bool:
    """Whether a decoder failed for want of something that another day or another machine has."""
    return _MACHINE.search(complaint.lower()) is not None


def reason_of(complaint: str) -> Reason:
    """What a decoder's own words mean: a picture too large for the memory limit has too many pixels for us."""
    return "too_many_pixels" if out_of_memory(complaint) else "corrupt"
