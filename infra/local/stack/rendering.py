"""Config files of the servers: small templates beside the code, filled with a stack's own values."""

from pathlib import Path
from string import Template

TEMPLATES = Path(__file__).with_name("templates")


def rendered(name: str, **values: object) -> str:
    """A template's text with every `$name` filled. Raises KeyError for a value that is missing."""
    return Template((TEMPLATES / name).read_text()).substitute({key: str(value) for key, value in values.items()})
