"""What was sent after a given instant: the oracle of halts.

Only the gateway's own time of reading counts, and only what the frame itself says: an order that would take our position further from zero is an
entry, whatever the sender meant by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from robo_trader.simulated_gateway.verify_records import FrameIn, is_ours

PLACE_ORDER: Final = "3"
_ORDER_ID, _SYMBOL, _ACTION, _QUANTITY, _REF = 1, 3, 16, 17, 26
_FIELDS_NEEDED: Final = 27


@dataclass(frozen=True, slots=True)
class Placed:
    """The few fields of a placeOrder frame that a verdict needs; `signed` is shares, + to buy."""

    client: int | None
    order_id: str
    symbol: str
    signed: int
    ref: str


@dataclass(frozen=True, slots=True)
class After:
    """placeOrder frames of ours read after `after_ns` (process time): all, and those that would have raised |position|."""

    after_ns: int
    orders: int
    entries: int
    entries_accepted: int
    entries_by_symbol: dict[str, int]
    entry_refs: tuple[str, ...]


def placed(frame: FrameIn) -> Placed | None:
    """The order in a frame; None where it is not a placeOrder, or not one that an exchange could take."""
    fields = frame.fields
    if len(fields) < _FIELDS_NEEDED or fields[0] != PLACE_ORDER:
        return None
    try:
        shares = int(float(fields[_QUANTITY]))
    except (ValueError, OverflowError):
        return None
    return Placed(frame.client, fields[_ORDER_ID], fields[_SYMBOL], shares if fields[_ACTION] == "BUY" else -shares, fields[_REF])


@dataclass(slots=True)
class Watch:
    """Counts from `after_ns` on."""

    after_ns: int
    orders: int = 0
    entries: list[Placed] = field(default_factory=list)

    def take(self, frame: FrameIn, order: Placed, ours: Mapping[str, int]) -> None:
        """Judge one order of ours against our position when it was read."""
        if frame.at <= self.after_ns or not is_ours(order.ref):
            return
        self.orders += 1
        held = ours.get(order.symbol, 0)
        if abs(held + order.signed) > abs(held):
            self.entries.append(order)

    def report(self, accepted: frozenset[str]) -> After:
        """The counts; `accepted` are the references that became orders."""
        by_symbol: defaultdict[str, int] = defaultdict(int)
        for entry in self.entries:
            by_symbol[entry.symbol] += 1
        refs = tuple(entry.ref for entry in self.entries)
        return After(self.after_ns, self.orders, len(refs), sum(ref in accepted for ref in refs), dict(by_symbol), refs)
