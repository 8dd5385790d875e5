"""What the exchange has to do later, and when: an order arrives, a cancel arrives, an order expires, shares are located, a condition's time comes.

An entry names an order and not its future: who carries it out looks at the order as it then is, so that nothing has to be struck out when an order
ends before its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from heapq import heapify, heappop, heappush
from typing import Any, Final

from robo_trader.values import Instant

NEVER: Final = Instant(2**63 - 1)


class Due(StrEnum):
    """What there is to do."""

    ARRIVE = "ARRIVE"
    CANCEL = "CANCEL"
    EXPIRE = "EXPIRE"
    LOCATE = "LOCATE"
    CONDITION = "CONDITION"


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """To be done at an instant, for the order (client, order id); entries of one instant in the order in which they were made."""

    at: Instant
    number: int
    due: Due
    client_id: int
    order_id: int


class Agenda:
    """Entries, the next one first."""

    def __init__(self) -> None:
        """Empty at first."""
        self._entries: list[Entry] = []
        self._on_it: set[tuple[Instant, Due, int, int]] = set()
        self._numbers = 0
        self.next = NEVER
        """When the next entry is due."""

    def add(self, at: Instant, due: Due, key: tuple[int, int]) -> None:
        """Note something for the order `key`."""
        self._numbers += 1
        heappush(self._entries, Entry(at, self._numbers, due, *key))
        self._on_it.add((at, due, *key))
        self.next = self._entries[0].at

    def note(self, at: Instant, due: Due, key: tuple[int, int]) -> None:
        """As `add`, for what is done once however often it is said: clients change their orders as often as they like."""
        if (at, due, *key) not in self._on_it:
            self.add(at, due, key)

    def pop(self) -> Entry:
        """Take the next entry."""
        entry = heappop(self._entries)
        self._on_it.discard((entry.at, entry.due, entry.client_id, entry.order_id))
        self.next = self._entries[0].at if self._entries else NEVER
        return entry

    def state(self) -> dict[str, Any]:
        """All that `restore` needs, JSON-able."""
        entries = [[entry.at, entry.number, entry.due, entry.client_id, entry.order_id] for entry in sorted(self._entries)]
        return {"entries": entries, "numbers": self._numbers}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over the entries of a `state()`."""
        self._entries = [Entry(Instant(at), number, Due(due), client, order) for at, number, due, client, order in state["entries"]]
        heapify(self._entries)
        self._on_it = {(entry.at, entry.due, entry.client_id, entry.order_id) for entry in self._entries}
        self._numbers = state["numbers"]
        self.next = self._entries[0].at if self._entries else NEVER
