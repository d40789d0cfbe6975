"""No keys: whatever is read with these keeps its personal fields to itself. No vault is asked."""

from collections.abc import Iterator, Mapping


class _NoKeys(Mapping[str, bytes | None]):
    """Every subject's key, as if it were destroyed."""

    def __getitem__(self, _subject: str) -> None:
        return None

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


NO_KEYS: Mapping[str, bytes | None] = _NoKeys()
