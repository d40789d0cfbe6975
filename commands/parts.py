"""How a file is cut into parts. Pure."""


def sizes_of(size_bytes: int, part_bytes: int) -> dict[int, int]:
    """The size of each part, by its number: all of `part_bytes`, but for the last."""
    starts = range(0, size_bytes, part_bytes)
    return {number: min(part_bytes, size_bytes - start) for number, start in enumerate(starts, 1)}
