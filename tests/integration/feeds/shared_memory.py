"""The memory of a query process in which readers can be held up: whoever waits for what one of them reads says so."""

from collections.abc import Callable, Iterable

from query_api.memory import Entry, Flight, Load, Memory


class SharedMemory(Memory):
    """Says when somebody is about to wait for what a reader reads who is held up: that would be for ever."""

    def __init__(self, waits: Callable[[], None]) -> None:
        super().__init__()
        self._waits = waits
        self._held: list[Flight] = []

    def hold(self) -> None:
        """What is being read is held up."""
        self._held = list(self._flights.values())

    async def read(self, names: Iterable[str], load: Load) -> dict[str, Entry]:
        names = list(names)
        if any(self._flights.get(name) is flight for name in names for flight in self._held):
            self._waits()
        return await super().read(names, load)
