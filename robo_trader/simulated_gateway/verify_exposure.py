"""What could happen to the position: exposure, crossing and cover, judged after every line that changes one of them.

largest    per symbol, the most that |filled + same-side working| ever was
crossing   opposite-side shares working beyond the position held: a fill of them would cross zero. While nothing is held, a working stop of ours
           is beyond; any other order is the opening of a position
uncovered  shares of our position that neither a live stop of ours nor a live order of ours in the OCA group of such a stop covers, at each move
           of the simulated clock, and how long the clock moved so
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from robo_trader.simulated_gateway.verify_orders import Order, Orders, counted_once
from robo_trader.simulated_gateway.verify_records import ClockMove, Match, OrderState, SplitDone, is_ours
from robo_trader.values import NS_PER_SECOND

EXCUSED_NS: Final = 60 * NS_PER_SECOND
"""What the exchange did is not its clients' for so long; what then still works is."""


@dataclass(slots=True)
class Seen:
    """The extremes of one symbol: shares, except `uncovered_ns` and the instants."""

    largest_ours: int = 0
    largest_all: int = 0
    crossing: int = 0
    crossing_since: int | None = None
    crossing_account: int = 0
    uncovered: int = 0
    uncovered_ns: int = 0
    uncovered_now: int = 0

    @property
    def uncovered_seconds(self) -> float:
        """Simulated seconds that the clock moved with shares uncovered."""
        return self.uncovered_ns / NS_PER_SECOND


class Exposure:
    """Positions and working orders folded into the extremes of each symbol."""

    def __init__(self, orders: Orders, positions: dict[str, int]) -> None:
        """`orders` is kept up to date by the caller, before `changed`; `positions` are shares held before the first match."""
        self._orders = orders
        self.account: defaultdict[str, int] = defaultdict(int, positions)
        self.ours: defaultdict[str, int] = defaultdict(int)
        self.seen: defaultdict[str, Seen] = defaultdict(Seen)
        self._stale: set[str] = set()
        self._excused: dict[str, int] = {}
        self._twins: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._now = 0

    def matched(self, match: Match) -> None:
        """A match moved a position."""
        self.account[match.symbol] += match.sign * match.quantity
        if is_ours(match.ref):
            self.ours[match.symbol] += match.sign * match.quantity

    def corrected(self, old: Match, new: Match) -> None:
        """A match is undone or restated: whoever is told of it needs a moment to take its orders back."""
        shares = new.sign * (new.quantity - old.quantity)
        self.account[new.symbol] += shares
        if is_ours(new.ref):
            self.ours[new.symbol] += shares
        if shares:
            self._excused[new.symbol] = new.clock + EXCUSED_NS
        self.changed(new)

    def doubled(self, symbol: str, ref: str, clock: int) -> None:
        """The exchange made two orders of one of ours: we need a moment to take one of them back, and only that one."""
        self._twins[symbol][ref] = clock + EXCUSED_NS

    def split(self, done: SplitDone) -> None:
        """Shares are counted anew; whatever still works was meant for the old ones."""
        for held in (self.account, self.ours):
            held[done.symbol] = int(Fraction(held[done.symbol] * done.new, done.old))
        self.changed(done)

    def changed(self, line: Match | OrderState | SplitDone) -> None:
        """Judge the symbol of a line that has just been taken in."""
        seen = self.seen[line.symbol]
        live = list(self._orders.live(line.symbol))
        ours = [(order, quantity) for order, quantity in live if order.ours]
        seen.largest_all = max(seen.largest_all, _same_side(self.account[line.symbol], live))
        seen.largest_ours = max(seen.largest_ours, _same_side(self.ours[line.symbol], ours))
        self._now = max(self._now, line.clock)
        if line.symbol not in self._excused:
            self._cross(line.symbol, ours, line.clock)
        self._stale.add(line.symbol)

    def _cross(self, symbol: str, ours: list[tuple[Order, int]], clock: int) -> None:
        seen = self.seen[symbol]
        doubled = sum(self._orders.shares_of(ref) for ref in self._twins.get(symbol, ()))
        beyond = _beyond(self.ours[symbol], ours) - doubled
        if beyond > seen.crossing:
            seen.crossing, seen.crossing_since = beyond, clock
        seen.crossing_account = max(0, _beyond(self.account[symbol], ours) - doubled)

    def moving(self, move: ClockMove) -> None:
        """The clock moves with things as they are."""
        self._excuse_no_longer(move.since)
        self._now = max(self._now, move.to)
        for symbol in self._stale:
            self.seen[symbol].uncovered_now = self._uncovered(symbol)
        self._stale.clear()
        for seen in self.seen.values():
            if seen.uncovered_now:
                seen.uncovered = max(seen.uncovered, seen.uncovered_now)
                seen.uncovered_ns += move.to - move.since

    def end(self) -> None:
        """The log is over: nobody will take back any more a twin that was excused until now. A correction's moment may lie beyond the end."""
        self._excuse_no_longer(None)

    def _excuse_no_longer(self, at: int | None) -> None:
        """Judge what is excused no longer at an instant; None stands for the end."""
        judged = {symbol for symbol, until in self._excused.items() if at is not None and until <= at}
        for symbol in judged:
            del self._excused[symbol]
        for symbol, twins in self._twins.items():
            for ref in [ref for ref, until in twins.items() if at is None or until <= at]:
                del twins[ref]
                judged.add(symbol)
        for symbol in sorted(judged - self._excused.keys()):
            self._cross(symbol, [pair for pair in self._orders.live(symbol) if pair[0].ours], self._now if at is None else at)

    def _uncovered(self, symbol: str) -> int:
        position = self.ours[symbol]
        closing = [(order, quantity) for order, quantity in self._orders.live(symbol) if order.ours and order.last.sign * position < 0]
        return max(0, abs(position) - counted_once(pair for pair in closing if self._covers(pair[0])))

    def _covers(self, order: Order) -> bool:
        """A stop covers; so does whatever shares its group, because one of the two will fill."""
        if order.protective:
            return True
        members = self._orders.groups[order.last.group].members if order.last.group else ()
        return any(self._orders.by_perm_id[member].protective for member in members)

    def violations(self) -> list[str]:
        """Orders that would have crossed zero."""
        told = [
            f"crossing: {symbol} had {seen.crossing} shares working beyond the position held, first at {seen.crossing_since}"
            for symbol, seen in sorted(self.seen.items())
            if seen.crossing
        ]
        return told + [
            f"crossing: {symbol} is left with {seen.crossing_account} shares of ours working beyond the account's position"
            for symbol, seen in sorted(self.seen.items())
            if seen.crossing_account
        ]


def _side(live: list[tuple[Order, int]], sign: int) -> int:
    return counted_once(pair for pair in live if pair[0].last.sign == sign)


def _same_side(position: int, live: list[tuple[Order, int]]) -> int:
    """|filled + same-side working|; while nothing is held both sides are openings."""
    up = position + _side(live, +1) if position >= 0 else 0
    down = -position + _side(live, -1) if position <= 0 else 0
    return max(up, down)


def _beyond(position: int, live: list[tuple[Order, int]]) -> int:
    """Opposite-side shares working beyond `position`."""
    if position == 0:
        stops = [pair for pair in live if pair[0].protective]
        return max(_side(stops, +1), _side(stops, -1))
    return max(0, _side(live, -1 if position > 0 else +1) - abs(position))
