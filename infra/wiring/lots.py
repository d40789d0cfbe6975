"""Lots: which subscribers share a consumer group, and so every fetch and every share of the log."""

from collections.abc import Collection, Mapping, Sequence

from infra.process.settings import SettingsInvalid
from infra.wiring.subscribers import SUBSCRIBERS, TOPICS
from processors.planning import Subscriber
from projections.all import PROJECTIONS
from projections.effects import Projection
from projections.versions import name_of

TOGETHER = "projections"
"""The lot of every read model that is not fed apart."""


def lot_of(subscriber: Subscriber, apart: Collection[str]) -> str:
    """Reactions that keep no read model are lots of their own: a photo takes as long as ten thousand likes."""
    name = name_of(subscriber.id)
    return TOGETHER if isinstance(subscriber, Projection) and name not in apart else name


def lots(apart: Collection[str]) -> Mapping[str, Sequence[Subscriber]]:
    """Every subscriber as it is declared, by its lot. Raises SettingsInvalid for a read model that there is not."""
    if unknown := sorted(set(apart) - {projection.name for projection in PROJECTIONS}):
        raise SettingsInvalid(f"PHOTOLOG_APART: no read model {', '.join(unknown)}")
    found: dict[str, list[Subscriber]] = {}
    for subscriber in SUBSCRIBERS:
        found.setdefault(lot_of(subscriber, apart), []).append(subscriber)
    return found


def topics_of(lot: Sequence[Subscriber]) -> list[str]:
    """What anybody of it is fed from."""
    return sorted({topic for subscriber in lot for topic in TOPICS[subscriber.id]})
