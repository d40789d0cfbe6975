"""Pseudonyms of viewers: who has an account's key alone can tell whose views these are."""

import hashlib
import hmac

VIEWER_BYTES = 16


def pseudonym(key: bytes) -> str:
    """Of the account whose key this is: always the same, and nobody's once the key is destroyed."""
    return hmac.digest(key, b"views", hashlib.sha256)[:VIEWER_BYTES].hex()
