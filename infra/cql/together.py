"""Writes that go out together: a few that the same servers keep, in one request. What a request costs is what many rows
cost a worker; servers are sent nothing that they would have to pass on."""

from collections.abc import Callable, Hashable, Iterable, Sequence

from cassandra.query import BatchStatement, BatchType, BoundStatement

MOST, BYTES = 10, 4 * 1024
"""Of one request. Servers as they come complain above ten partitions, or 5 KiB."""


def groups(
    writes: Iterable[BoundStatement], servers: Callable[[BoundStatement], Hashable]
) -> list[list[BoundStatement]]:
    """Each write in one group, with others that the same servers keep; a large one is alone."""
    found: list[list[BoundStatement]] = []
    open_groups: dict[Hashable, tuple[list[BoundStatement], int]] = {}
    for write in writes:
        size, kept_by = _bytes(write), servers(write)
        group, so_far = open_groups.get(kept_by, ([], 0))
        if not group or len(group) == MOST or so_far + size > BYTES:
            group, so_far = [], 0
            found.append(group)
        group.append(write)
        open_groups[kept_by] = group, so_far + size
    return found


def as_one(writes: Sequence[BoundStatement]) -> BoundStatement | BatchStatement:
    """One write, or an unlogged batch: each keeps its own timestamp, and may be there before the others."""
    if len(writes) == 1:
        return writes[0]
    batch = BatchStatement(BatchType.UNLOGGED)
    for write in writes:
        batch.add(write)
    return batch


def _bytes(write: BoundStatement) -> int:
    return sum(len(value) for value in write.values if isinstance(value, bytes))
