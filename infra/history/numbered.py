"""Documents in the object store of which each change is another key, under the next number: a key that is free is taken
once, so of two who write at one time one comes too late."""

from commands.ports import Objects

LISTED = 1_000


def numbered_key(prefix: str, number: int) -> str:
    """Keys are in the order of their numbers."""
    return f"{prefix}{number:09}.json"


async def newest_key(objects: Objects, prefix: str) -> str:
    """The last key under a prefix; empty where there is none."""
    key = ""
    while listed := await objects.children(prefix, key, LISTED):
        key = listed[-1]
    return key
