"""Which copies of relations changes touch: pure. Used by whoever applies rows, once they are acknowledged."""

from collections.abc import Sequence

from processors.counts import Change
from projections.ports import Related
from schemas.ids import AccountId


def related(changes: Sequence[Change]) -> list[Related]:
    """What these changes say of how accounts stand to others, in their order."""
    return [
        Related(AccountId(columns[relation.of]), relation.member(columns[relation.to]), change.number, present)
        for change in changes
        if change.table.relations
        for columns in [dict(zip(change.table.key_columns, change.key, strict=True))]
        for present in [change.row is not None]
        for relation in change.table.relations
    ]
