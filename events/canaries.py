"""Events that are sent through the site to see how long one takes. On photolog.canaries, which nothing else travels on;
one number, whoever sends it. Decided in commands/canaries.py."""

from events.envelope import Event, recorded


@recorded("canary.sent.v1", subject="canary_id")
class CanarySent(Event):
    """A process asks how long it takes until queries see what a command has decided."""

    canary_id: str
    """Names the row that is read for it; there are few."""
