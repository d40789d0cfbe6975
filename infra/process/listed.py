"""Lists in settings: comma-separated in the environment."""

from pydantic import BeforeValidator
from pydantic_settings import NoDecode


def _parts(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


COMMA_SEPARATED = (NoDecode, BeforeValidator(_parts))
"""What annotates the type of such a setting."""
