"""What operators have said of dead letters, as the log has it: honoured by analysts' readers as by live ones.

A live reader goes by the orders given to it. Analysts have none of their own and go by everybody's: what was replaced
reads as replaced, and what was discarded because it could not be read is passed over. What a read model alone could not
take (`not_planned`) did happen, and stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from events.codec import Undecodable, decode
from infra.history.keyless import NO_KEYS
from infra.history.source import Offsets, Source
from processors.dead_letters import Letters
from projections.dead_letters import PROJECTION
from projections.effects import Put
from schemas.positions import DEAD_LETTERS
from schemas.tables import Row

PLANNING = "not_planned"


@dataclass
class Orders:
    """The last word on each letter, by subscriber and letter."""

    said: dict[tuple[str, str], Row] = field(default_factory=dict)

    def hear(self, wire: bytes) -> None:
        """One event of the topic of dead letters; one that cannot be read says nothing."""
        try:
            recorded = decode(wire, NO_KEYS)
        except Undecodable:
            return
        for effect in PROJECTION.effects(recorded):
            if isinstance(effect, Put):
                key = effect.row["subscriber"], effect.row["letter_id"]
                if key not in self.said or self.said[key]["said"] < effect.row["said"]:
                    self.said[key] = effect.row

    def of(self, subscriber: str) -> Letters:
        """What one subscriber goes by; its name is without a version."""
        return {letter: row for (name, letter), row in self.said.items() if name == subscriber}

    @property
    def analysts(self) -> Letters:
        """What analysts go by."""
        found: dict[str, Row] = {}
        for (_, letter), row in sorted(self.said.items()):
            discarded = row["status"] == "discarded" and row["code"] != PLANNING
            if discarded or (row["wire"] is not None and letter not in found):
                found[letter] = {**row, "status": "discarded" if discarded else "replaced"}
        return found


async def read_orders(source: Source, ends: Offsets) -> Orders:
    """All that were given below these ends."""
    orders = Orders()
    here = {place: end for place, end in ends.items() if place.topic == DEAD_LETTERS}
    async for entries in source.read({}, here):
        for entry in entries:
            orders.hear(entry.wire)
    return orders


def places(letters: Letters) -> Mapping[str, Any]:
    """What each order says and of which place: two readings of the log agree where these do."""
    return {
        letter: [row["topic"], row["log_partition"], row["log_offset"], row["status"], row["said"]]
        for letter, row in sorted(letters.items())
    }
