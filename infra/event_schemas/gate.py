"""`photolog schemas check`: whether everything that was ever stored can still be read, and is still what it was.

Compares four things that a change would have to move together: types, files, lock, and the lock's past in git.
"""

from collections.abc import Iterator, Mapping

from events.envelope import EVENT_TYPES, stem_and_version
from events.upcasters import UPCASTERS
from infra.event_schemas import asyncapi, derived, lock
from infra.event_schemas.files import Files, Json, text
from infra.event_schemas.findings import WRITE, Finding, evolve, upcast
from infra.event_schemas.history import Past, past
from infra.event_schemas.lock import Lock
from infra.event_schemas.replay import unreadable
from infra.event_schemas.shape import changes, personal_in, shape_of


def findings(files: Files, before: Past | None = None) -> list[Finding]:
    """Everything that is wrong; `before` is what git remembers, unless it is given."""
    locked, on_file = lock.on_file(files), files.schemas()
    before = past(files) if before is None else before
    return [
        *_types(derived.schemas(), on_file),
        *_versions(on_file),
        *_locked(locked, files),
        *_past(locked, before),
        *_goldens(files),
        *_asyncapi(files),
    ]


def following(name: str) -> str:
    """The name of the version after this one."""
    stem, version = stem_and_version(name)
    return f"{stem}.v{version + 1}"


def _types(types: Mapping[str, Json], on_file: Mapping[str, Json]) -> Iterator[Finding]:
    """Is every type on file, as it is?"""
    for name, schema in types.items():
        if name not in on_file:
            yield Finding(name, "no schema on file", WRITE)
        elif diff := changes(shape_of(on_file[name]), shape_of(schema)):
            yield Finding(name, "the type no longer has the schema on file", evolve(name, following(name)), diff)
        elif text(on_file[name]) != text(schema):
            yield Finding(name, "the words of its schema on file are out of date", WRITE)


def _versions(on_file: Mapping[str, Json]) -> Iterator[Finding]:
    """Does a path lead from every version on file to today's?"""
    for name, schema in on_file.items():
        stem, version = stem_and_version(name)
        before = f"{stem}.v{version - 1}"
        if version > 1 and before not in on_file:
            yield Finding(name, f"{before} has no schema on file", f"Put schemas/events/{before}.json back.")
        if name in EVENT_TYPES:
            continue
        if name not in UPCASTERS:
            yield Finding(name, "on file, but neither an event type nor upcast", upcast(name, following(name)))
        elif (sealed := sorted(UPCASTERS[name].personal)) != (stored := personal_in(shape_of(schema))):
            problem = f"its upcaster opens {sealed}, but what is sealed is {stored}"
            yield Finding(name, problem, f"Let `@upcasts` say personal={tuple(stored)}.")


def _locked(locked: Lock, files: Files) -> Iterator[Finding]:
    """Is what is on file what was released?"""
    schemas, goldens = files.schemas(), files.goldens()
    for name in sorted({*locked, *schemas, *goldens}):
        if name not in schemas:
            yield Finding(name, "its schema was removed", evolve(name, following(name)))
        elif name not in goldens:
            yield Finding(
                name, "no golden sample", WRITE if name in EVENT_TYPES else f"Put its golden {name}.json back."
            )
        elif name not in locked:
            yield Finding(name, "not in schemas/events.lock", WRITE)
        elif diff := changes(locked[name].shape, shape_of(schemas[name])):
            yield Finding(name, "its schema is not what was released", evolve(name, following(name)), diff)
        elif lock.digest(goldens[name]) != locked[name].golden:
            yield Finding(name, "its golden sample was changed", f"Put schemas/golden/{name}.json back.")


def _past(locked: Lock, before: Past) -> Iterator[Finding]:
    """Has the lock only grown? Each fault is told once, of the latest commit that knew better."""
    told = set()
    for commit, released in before.locks.items():
        for name, entry in released.items():
            if name in told or locked.get(name) == entry:
                continue
            told.add(name)
            diff = changes(entry.shape, locked[name].shape if name in locked else {})
            problem = f"schemas/events.lock no longer says what it said in {commit}"
            yield Finding(name, problem, evolve(name, following(name)), diff)


def _goldens(files: Files) -> Iterator[Finding]:
    """Does every golden sample still read, with its key and without?"""
    for name, wire in files.goldens().items():
        if fault := unreadable(name, wire):
            yield Finding(name, f"its golden sample does not read: {fault}", upcast(name, following(name)))


def _asyncapi(files: Files) -> Iterator[Finding]:
    """Is the AsyncAPI document that of today's types?"""
    said = files.asyncapi.read_text() if files.asyncapi.exists() else ""
    if said != text(asyncapi.document(files)):
        yield Finding("asyncapi.json", "out of date", WRITE)
