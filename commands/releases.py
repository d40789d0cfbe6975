"""Releases of states: what stands for the code that folds a stream, and how its states are written and read.

A snapshot names the release that made it. Another shape of the state is another release by itself; what `evolve` does
otherwise is said by the aggregate's `release`, which tests/unit/test_releases.py holds against the code.
"""

import dataclasses
import hashlib
import typing
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, TypeAdapter

from commands.aggregate import Aggregate


@lru_cache
def release_of(aggregate: Aggregate[Any]) -> str:
    """The name under which snapshots of this aggregate are kept."""
    shape = "; ".join(sorted(f"{name}: {fields}" for name, fields in shapes(aggregate.state).items()))
    return f"{aggregate.release}.{hashlib.sha256(shape.encode()).hexdigest()[:12]}"


def shapes(state: Any) -> dict[str, str]:
    """The fields, with their types, of a state and of everything in it that has fields."""
    found: dict[str, str] = {}
    left = [state]
    while left:
        one = left.pop()
        left += typing.get_args(one)
        if isinstance(one, type) and (dataclasses.is_dataclass(one) or issubclass(one, BaseModel)):
            hints = typing.get_type_hints(one, include_extras=True)
            fields = one.model_fields if issubclass(one, BaseModel) else [f.name for f in dataclasses.fields(one)]
            if one.__name__ not in found:
                found[one.__name__] = ", ".join(f"{name} {hints[name]}" for name in fields)
                left += [hints[name] for name in fields]
    return found


def written(aggregate: Aggregate[Any], state: Any) -> Any:
    """A state as JSON knows it. Nothing in it may be redacted."""
    return _adapter(aggregate).dump_python(state, mode="json")


def read(aggregate: Aggregate[Any], data: Any) -> Any:
    """The state that was written. Raises ValueError for anything else."""
    return _adapter(aggregate).validate_python(data)


@lru_cache
def _adapter(aggregate: Aggregate[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(aggregate.state)
