"""Shapes: of an event type of today, its wire form as Arrow's reader of JSON takes it, and what that checks.

Derived from what pydantic checks. A type has a shape only if Arrow can check all of that: texts, whole numbers, choices
of words, lists and objects of those, and null where a field may be. Whatever else there is has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa

from events.envelope import EVENT_TYPES

Core = Mapping[str, Any]
"""What pydantic-core checks."""
SCALARS = {"str": pa.string(), "int": pa.int64(), "bool": pa.bool_()}
ASIDE = {"metadata", "ref"}
OF_A_MODEL = {"cls", "custom_init", "root_model", *ASIDE}
SETTINGS = {"title", "extra_fields_behavior", "hide_input_in_errors"}
"""Of a model, that let nothing be read otherwise: a field that is unheard of has no place in a shape."""
TEXTS = ("id", "type", "stream", "actor", "causation", "correlation", "subject")
NUMBERS = ("schema_version", "version", "at")


@dataclass(frozen=True)
class Shape:
    """Of one type."""

    wire: pa.Schema
    """What may not be null, or left out, is not nullable."""
    fields: Mapping[str, Core]
    """What is checked of each field of the data that is not personal."""
    optional: tuple[str, ...]
    """Fields of the data that may be null: one that is left out is told from those by who reads."""

    def chosen(self, data: pa.StructArray) -> bool:
        """Whether every choice of words is one of those there are."""
        return all(_chosen(data.field(name), core) for name, core in self.fields.items())


@cache
def shape_of(name: str) -> Shape | None:
    """The shape of a type of today, `noun.verb.vN`; None where it has none."""
    event_type = EVENT_TYPES[name]
    fields, data = _fields(event_type.__pydantic_core_schema__), []
    if fields is None:
        return None
    for field, core in fields.items():
        sealed, nullable = field in event_type.personal, core["type"] == "nullable"
        kind = pa.string() if sealed else _type(core["schema"] if nullable else core)
        if kind is None or (nullable and pa.types.is_struct(kind)):  # of a null Arrow asks for what is in it
            return None
        data.append(pa.field(field, kind, nullable=sealed or nullable))
    checked = {field: core for field, core in fields.items() if field not in event_type.personal}
    wire = [*((one, pa.string()) for one in TEXTS), *((one, pa.int64()) for one in NUMBERS), ("data", pa.struct(data))]
    optionals = tuple(one.name for one in data if one.nullable)
    return Shape(pa.schema([pa.field(*one, nullable=False) for one in wire]), checked, optionals)


def _fields(core: Core) -> Mapping[str, Core] | None:
    """What is checked of each field of a model; None where anything else is checked besides."""
    match core:
        case {"type": "model", "schema": {"type": "model-fields", "fields": fields}, "config": config, **more}:
            plain = all(field.keys() <= {"type", "schema", *ASIDE} for field in fields.values())
            if plain and not core["custom_init"] and more.keys() <= OF_A_MODEL and config.keys() <= SETTINGS:
                return {name: field["schema"] for name, field in fields.items()}
    return None


def _type(core: Core) -> Any:
    """The Arrow type of what is checked so; None where Arrow does not check it."""
    match core:
        case {"type": "str" | "int" | "bool" as kind, **more} if more.keys() <= ASIDE:
            return SCALARS[kind]
        case {"type": "literal", "expected": words, **more} if more.keys() <= ASIDE:
            return pa.string() if all(isinstance(word, str) for word in words) else None
        case {"type": "tuple", "items_schema": [item], "variadic_item_index": 0, **more} if more.keys() <= ASIDE:
            kind = _type(item)
            return None if kind is None else pa.list_(pa.field("item", kind, nullable=False))
        case {"type": "model"} if (fields := _fields(core)) is not None:
            members = {name: _type(inner) for name, inner in fields.items()}
            if None not in members.values():
                return pa.struct([pa.field(name, kind, nullable=False) for name, kind in members.items()])
    return None


def _chosen(values: Any, core: Core) -> bool:
    match core["type"]:
        case "nullable":
            return _chosen(values, core["schema"])
        case "literal":
            return {*values.unique().to_pylist()} <= {*core["expected"], None}
        case "tuple":
            return _chosen(values.flatten(), core["items_schema"][0])
        case "model":
            return all(_chosen(values.field(name), inner) for name, inner in (_fields(core) or {}).items())
    return True
