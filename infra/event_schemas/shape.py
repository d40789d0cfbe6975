"""What of a schema a stored event depends on, field by field in words, and how two shapes differ.

Titles, descriptions and the names of nested types are left out: they may be improved. The words used here may not: the
lock is made of them.
"""

import json
from collections.abc import Mapping

from infra.event_schemas.files import Json

Shape = Mapping[str, str]
"""What is said about each field, by its path: `picture.renditions[].width` -> `integer`."""

SUBJECT = "(subject)"
"""The entry that says which field names whose personal data this is."""
PERSONAL = "personal, sealed"
SAID = {"title", "description", "type", "anyOf", "enum", "items", "properties", "required", "$ref", "x-personal"}
"""Keywords that are put in words; any other is part of the shape as it stands."""


def shape_of(schema: Json) -> Shape:
    """Every field of the schema, nested ones too."""
    found = {SUBJECT: str(schema.get("x-subject"))}
    _fields("", schema, schema.get("$defs", {}), found)
    return found


def personal_in(shape: Shape) -> list[str]:
    """The fields that are sealed with the subject's key."""
    return sorted(field for field, said in shape.items() if said == PERSONAL)


def changes(old: Shape, new: Shape) -> list[str]:
    """How they differ, one line a field."""
    lines = []
    for field in sorted({*old, *new}):
        before, after = old.get(field), new.get(field)
        if before is None:
            lines.append(f"+ {field}: {after}  (added)")
        elif after is None:
            lines.append(f"- {field}: {before}  (removed)")
        elif before != after:
            lines.append(f"~ {field}: {before} -> {after}  ({_kind(field, before, after)})")
    return lines


def _kind(field: str, before: str, after: str) -> str:
    if field == SUBJECT:
        return "another subject: another key"
    if PERSONAL in (before, after):
        return "no longer encrypted" if before == PERSONAL else "encrypted from now on"
    return "retyped"


def _fields(path: str, node: Json, defs: Json, found: dict[str, str]) -> None:
    """Adds what is said about the fields in this node."""
    node = _resolved(node, defs)
    for name, field in node.get("properties", {}).items():
        inner = f"{path}.{name}" if path else name
        optional = "" if name in node.get("required", []) else ", may be absent"
        found[inner] = _said(field, defs) + optional
        _fields(inner, field, defs, found)
    for alternative in node.get("anyOf", []):
        _fields(path, alternative, defs, found)
    if "items" in node:
        _fields(f"{path}[]", node["items"], defs, found)


def _said(node: Json, defs: Json) -> str:
    node = _resolved(node, defs)
    if node.get("x-personal"):
        return PERSONAL
    if "anyOf" in node:
        return " or ".join(_said(alternative, defs) for alternative in node["anyOf"])
    if "enum" in node:
        said = "one of " + ", ".join(json.dumps(value) for value in node["enum"])
    elif "items" in node:
        said = f"list of {_said(node['items'], defs)}"
    else:
        said = str(node.get("type", "anything"))
    rest = {keyword: value for keyword, value in sorted(node.items()) if keyword not in SAID}
    return f"{said} {json.dumps(rest)}" if rest else said


def _resolved(node: Json, defs: Json) -> Json:
    reference = node.get("$ref")
    return node if reference is None else {**defs[reference.rpartition("/")[2]], **node}
