"""What the gate finds: which event type, what is wrong, where it differs, and what to do instead."""

from dataclasses import dataclass, field

WRITE = "Run `photolog schemas write`."
EVOLVE = """A stored event never changes: put {name} back as it was, and give the new shape the next version.
  1. In events/, name the type {next} in `@recorded`, with the new shape.
  2. In events/upcasters.py, declare `@upcasts("{name}", to="{next}")`: a pure function from the old data to the new,
     with a default for what is added. It names the fields that {name} keeps sealed.
  3. Run `photolog schemas write`: it adds schema, golden sample and lock of {next}, and leaves {name} alone."""
UPCAST = """What was stored as {name} must be readable for ever: in events/upcasters.py, declare
`@upcasts("{name}", to="{next}")`, a pure function from the old data to the new."""


@dataclass(frozen=True)
class Finding:
    """One thing that keeps a change from being released."""

    name: str
    problem: str
    instead: str
    diff: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = [f"{self.name}: {self.problem}", *(f"    {line}" for line in self.diff)]
        return "\n".join([*said, *(f"  {line}" for line in self.instead.splitlines())])


def evolve(name: str, following: str) -> str:
    """What to do instead of changing a released version."""
    return EVOLVE.format(name=name, next=following)


def upcast(name: str, following: str) -> str:
    """What is missing where an older version has no way to today's."""
    return UPCAST.format(name=name, next=following)
