"""The catalogue: what each event means, since when, with which fields, and which of them are personal.

Generated from the event types, their docstrings and the schemas of every version on file.
"""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from events.envelope import EVENT_TYPES, Event, stem_and_version
from events.topics import ROUTES, stream_kind
from infra.event_schemas.files import Files
from infra.event_schemas.shape import PERSONAL, Shape, shape_of

SEALED = "encrypted with the key of the subject"


@dataclass(frozen=True)
class Field:
    """One field of an event. `since` is the version that had it first."""

    name: str
    type: str
    since: int
    personal: bool
    about: str


@dataclass(frozen=True)
class Described:
    """One event type, as it is written today."""

    name: str
    """Without a version."""
    table: str
    """Its table in exports and in SQL."""
    about: str
    version: int
    """Which is written."""
    versions: tuple[int, ...]
    """Which may be stored."""
    topic: str
    key: str
    """What decides the partition: part of the stream's name."""
    subject: str
    """The field that names whose personal data it is."""
    fields: tuple[Field, ...]


def catalogue(files: Files) -> list[Described]:
    """Every event type, in the order of their names."""
    shapes = {name: shape_of(schema) for name, schema in files.schemas().items()}
    return [_described(name, event_type, shapes) for name, event_type in sorted(EVENT_TYPES.items())]


EVERY_TABLE = (
    "Every table has besides: event_id, at, stream, stream_version, actor, subject, correlation_id, causation_id, "
    "schema_version, topic, partition, position. Times, integers in an event, are timestamps in UTC in a table."
)


def table_name(stem: str) -> str:
    """`noun.verb` as SQL calls it."""
    return stem.replace(".", "_")


def as_json(described: list[Described]) -> list[dict[str, Any]]:
    """For machines."""
    return [asdict(one) for one in described]


def as_markdown(described: list[Described]) -> str:
    """For people: a section an event type."""
    return "\n\n".join([EVERY_TABLE, *(_section(one) for one in described)])


def _described(name: str, event_type: type[Event], shapes: Mapping[str, Shape]) -> Described:
    stem, version = stem_and_version(name)
    stored = sorted(stem_and_version(other)[1] for other in shapes if stem_and_version(other)[0] == stem)
    route = ROUTES[stream_kind(name)]
    about = _about_fields(event_type)
    fields = [
        Field(
            name=field,
            type="sealed" if said == PERSONAL else said,
            since=next(one for one in stored if field in shapes[f"{stem}.v{one}"]),
            personal=said == PERSONAL,
            about=about.get(field, ""),
        )
        for field, said in shapes[name].items()
        if field in event_type.model_fields
    ]
    return Described(
        name=stem,
        table=table_name(stem),
        about=" ".join((event_type.__doc__ or "").split()),
        version=version,
        versions=tuple(stored),
        topic=route.topic,
        key=f"part {route.key_part} of the stream",
        subject=event_type.subject_field,
        fields=tuple(fields),
    )


def _about_fields(event_type: type[Event]) -> dict[str, str]:
    """What the docstring under each field says, in the type and in those that it is made of."""
    about: dict[str, str] = {}
    for part in reversed(event_type.__mro__):
        if issubclass(part, Event) and part is not Event:
            body = ast.parse(textwrap.dedent(inspect.getsource(part))).body[0]
            assert isinstance(body, ast.ClassDef)
            for node, after in zip(body.body, body.body[1:], strict=False):
                match node, after:
                    case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(said))):
                        about[name] = " ".join(said.split())
    return about


def _section(one: Described) -> str:
    stored = ", ".join(f"v{version}" for version in one.versions)
    lines = [
        f"## {one.name}",
        one.about,
        "",
        f"Written as v{one.version} (stored: {stored}), on {one.topic} by {one.key}; table `{one.table}`; the subject "
        f"is `{one.subject}`.",
        "",
        "| field | type | since | about |",
        "|---|---|---|---|",
    ]
    for field in one.fields:
        said = "; ".join(filter(None, [f"personal, {SEALED}" if field.personal else "", field.about]))
        lines.append(f"| {field.name} | {field.type.replace('|', ' or ')} | v{field.since} | {said} |")
    return "\n".join(lines)
