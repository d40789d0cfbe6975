"""Where the metrics of the object store's cheap class come from: who moves photos there, and who reads them back."""

from collections.abc import Iterable

from infra.process.metrics import Sample, Source
from infra.tiers.objects import TieredObjects
from processors.cooling import OUTCOMES, Cooling


def moving(done: Cooling) -> tuple[str, Source]:
    """What is moved by this process. How many bytes each class has is for the store to say: it counts a bucket's."""

    async def measure() -> Iterable[Sample]:
        return [
            Sample("photolog_cold_passes", done.passes),
            Sample("photolog_cold_passes_failed", done.failed),
            Sample("photolog_cold_moved_posts", done.posts["cooled"]),
            Sample("photolog_cold_moved_bytes", done.size_bytes),
            *(Sample("photolog_cold_posts", done.found[outcome], (outcome,)) for outcome in OUTCOMES),
        ]

    return "cooling", measure


def returning(objects: TieredObjects) -> tuple[str, Source]:
    """What comes back through this process."""

    async def measure() -> Iterable[Sample]:
        return [
            Sample("photolog_cold_returned_objects", objects.returned),
            Sample("photolog_cold_returned_bytes", objects.returned_bytes),
        ]

    return "cold media", measure
