"""Personal fields: how an event type marks them, and how one value is sealed with its subject's key and opened again.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce, bound to event id and field name.
"""

import base64
import os
from binascii import a2b_base64
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, TypeVar, final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

T = TypeVar("T")
KEY_BYTES, NONCE_BYTES = 32, 12


@final
class Redacted:
    """Stands where a personal value stood whose key is destroyed."""

    def __repr__(self) -> str:
        return "REDACTED"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.is_instance_schema(cls)


REDACTED: Final = Redacted()
UNOPENED: Final = Redacted()
"""Stands where nobody who reads the event looks at the value: it was left as it is sealed."""


class Sealed:
    """Marks a field as personal. On the wire it is a base64 string, whatever its type."""

    def __get_pydantic_json_schema__(self, _core: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "contentEncoding": "base64", "x-personal": True}


Personal = Annotated[T | Redacted, Sealed()]
"""A value encrypted with the key of the event's subject: `Personal[str]`."""


def readable(value: T | Redacted) -> T | None:
    """The value, or None where its key is gone. Raises LookupError for a value that nobody said is looked at."""
    if not isinstance(value, Redacted):
        return value
    if value is UNOPENED:
        raise LookupError("a personal value is looked at that was not opened")
    return None


def seal(value: Any, key: bytes, event_id: str, field: str) -> str:
    """The value as JSON, encrypted; readable only for the same event and field."""
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, orjson.dumps(value), _bound_to(event_id, field))
    return base64.b64encode(nonce + sealed).decode()


def unseal(sealed: str, key: bytes | None, event_id: str, field: str) -> Any:
    """The value that was sealed, or REDACTED without a key. Raises ValueError if it was sealed for anything else."""
    return unsealed({field: sealed}, (field,), key, event_id)[field]


def unsealed(data: Mapping[str, Any], fields: Iterable[str], key: bytes | None, event_id: str) -> dict[str, Any]:
    """Some fields of an event's data, each as `unseal` gives it."""
    if key is None:
        return dict.fromkeys(fields, REDACTED)
    opened, decrypt = {}, AESGCM(key).decrypt
    for field in fields:
        raw = a2b_base64(data[field])
        try:
            plain = decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound_to(event_id, field))
        except InvalidTag as error:
            raise ValueError(f"{field} of {event_id} was not sealed with this subject's key") from error
        opened[field] = orjson.loads(plain)
    return opened


def _bound_to(event_id: str, field: str) -> bytes:
    return f"{event_id}/{field}".encode()
