"""Every aggregate there is, by its kind. Looked up by whoever has the name of a stream."""

from collections.abc import Mapping
from typing import Any

from commands.accounts import ACCOUNT, USERNAME
from commands.aggregate import Aggregate
from commands.blocks import BLOCK
from commands.canaries import CANARY
from commands.cases import CASE
from commands.celebrities import CELEBRITY
from commands.comments import COMMENT_AGGREGATE
from commands.dead_letters import DEAD_LETTER
from commands.devices import DEVICE
from commands.follows import FOLLOW
from commands.inquiries import INQUIRY
from commands.likes import LIKE
from commands.notifications import NOTIFICATION
from commands.posts import POST
from commands.reports import REPORT

Aggregates = Mapping[str, Aggregate[Any]]

AGGREGATES: Aggregates = {
    aggregate.kind: aggregate
    for aggregate in (
        *(ACCOUNT, USERNAME, POST, FOLLOW, BLOCK, CELEBRITY, LIKE, COMMENT_AGGREGATE),
        *(NOTIFICATION, DEVICE, REPORT, CASE, DEAD_LETTER, INQUIRY, CANARY),
    )
}


def aggregate_of(stream: str, aggregates: Aggregates = AGGREGATES) -> Aggregate[Any]:
    """The aggregate that decides about a stream."""
    return aggregates[stream.partition("/")[0]]
