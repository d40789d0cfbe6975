"""Two views of everything, compared: each difference as one line that can be read."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from tests.reference.model import Readable


def differences(expected: Readable, seen: Readable) -> list[str]:
    """Where `seen` is not what was expected; empty when they agree."""
    return [
        *_differences("account", expected.accounts, seen.accounts),
        *_differences("post", expected.posts, seen.posts),
    ]


def _differences(kind: str, expected: Mapping[str, Any], seen: Mapping[str, Any]) -> list[str]:
    lines = [f"{kind} {name} is missing" for name in sorted(expected.keys() - seen.keys())]
    lines += [f"{kind} {name} should not be there" for name in sorted(seen.keys() - expected.keys())]
    for name in sorted(expected.keys() & seen.keys()):
        for field in fields(expected[name]):
            should, does = getattr(expected[name], field.name), getattr(seen[name], field.name)
            if should != does:
                lines.append(f"{kind} {name}: {field.name} should be {should}, is {does}")
    return lines
