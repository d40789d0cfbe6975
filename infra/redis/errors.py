"""The one place where what Redis and the network say becomes an error of ours."""

from hiredis import ReplyError

from schemas.errors import StorageFull, Unavailable

FULL = {"OOM", "MISCONF"}
"""No memory for writes; or the disk takes none, so that Redis refuses them."""
NOT_NOW = {
    "BUSY",
    "CLUSTERDOWN",
    "FAILOVER",
    "LOADING",
    "MASTERDOWN",
    "NOREPLICAS",
    "READONLY",
    "TRYAGAIN",
    "UNBLOCKED",
}
"""What ends by itself, or by connecting anew: a start, a failover, a script that takes long."""
TOO_MANY = "ERR max number of clients reached"
NO_SCRIPT, READ_ONLY = "NOSCRIPT", "READONLY"


class Unreachable(Unavailable):
    """Nothing was sent: whatever was asked has not been done."""


def in_vain(error: Unavailable, repeat: bool) -> bool:
    """Whether it must not be tried again: a full store stays full, and not everything may be done twice (`repeat`)."""
    return isinstance(error, StorageFull) or not (repeat or isinstance(error, Unreachable))


def code(error: ReplyError) -> str:
    """The word that a reply's error begins with."""
    return str(error).partition(" ")[0]


def translated(error: ReplyError) -> Exception:
    """Ours for what says something of the server's state; the error itself for what is a fault of ours."""
    if code(error) in FULL:
        return StorageFull()
    if code(error) in NOT_NOW or str(error).startswith(TOO_MANY):
        return Unavailable("Redis does not serve at the moment")
    return error
