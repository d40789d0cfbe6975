"""Commands as Redis takes them, and who says that it has answered them: used by RedisConnection and its callers."""

import hashlib
from collections.abc import Mapping, Sequence

from hiredis import pack_command

Command = tuple[str | bytes | int, ...]

TRACKING = ("CLIENT", "TRACKING", "ON", "OPTIN")
TRACKED = ("CLIENT", "CACHING", "YES")
"""Before a read: who hears of changes is told of the keys of the next command until they change once."""
ASKING = ("ASKING",)
"""Before a command to a node of a Redis Cluster that is getting its slot."""
WHO = ("INFO", "replication")
KEYS_AT_ONCE = 25
"""Of one script, where all slots are one server's: others of Redis wait for it, some tenths of a millisecond."""
MASTER, MASTER_ID = b"role:master", b"master_replid:"
MASTER_ID_DIGITS = 40


def packed(commands: Sequence[Command]) -> bytes:
    """As they go out."""
    return b"".join([pack_command(command) for command in commands])  # type: ignore[arg-type]  # typed as a tuple of one


def name_of(script: str) -> str:
    """What a script is called by."""
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()


def keys_at_once(hello: Mapping[bytes, object]) -> int:
    """About how many keys a script may be called, as Redis says in its answer to HELLO."""
    return KEYS_AT_ONCE if hello[b"mode"] != b"cluster" else 1


def master_of(who: bytes) -> bytes:
    """The id that a master writes under, from its answer to WHO; empty for a replica, which may lag behind its own."""
    if MASTER not in who:
        return b""
    start = who.index(MASTER_ID) + len(MASTER_ID)
    return who[start : start + MASTER_ID_DIGITS]
