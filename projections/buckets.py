"""Buckets: how the rows of something popular are spread over partitions, so that none grows without bound."""

import zlib

BUCKETS = 16
"""Fixed for the life of a table's version: it decides in which partition a row is."""


def bucket(account: str) -> int:
    """The bucket of an account, 0 to 15."""
    return zlib.crc32(account.encode()) % BUCKETS
