"""How many partitions the logs of tests have, and where a stream is in one."""

from events import topics

PARTITIONS = 4


def route(stream: str) -> tuple[str, int]:
    """The topic and partition of a stream."""
    return topics.route(stream, PARTITIONS)
