"""A second pair of eyes on the stops, as the tree has one: it counts from what the gateway heard, and calls a person.

Protection is what the broker calls working, never what the desk has sent. Shares that nothing protects for 2 s are an alarm and a halt of new
entries in that symbol, lifted by the fact that they are covered again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from robo_trader.desk.effects import Alert, Severity
from robo_trader.desk.news import Connected, ExecutionSeen, OrderSeen, StatusSeen, Sweep
from robo_trader.edge.fence import Fence
from robo_trader.errors import NotConfirmed
from robo_trader.orders.evidence import BrokerStatus
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.simulation.exchange_ledger import name_of
from robo_trader.simulation.halts_told import HaltsTold
from robo_trader.simulation.kit import CLIENT, Kit, Line
from robo_trader.simulation.paper_fence import PaperFile
from robo_trader.values import NS_PER_SECOND, Side, Symbol

GAP_NS: Final = 2 * NS_PER_SECOND
CHECK_NS: Final = 250_000_000
_OVER: Final = frozenset({BrokerStatus.FILLED, BrokerStatus.CANCELLED, BrokerStatus.API_CANCELLED, BrokerStatus.INACTIVE})


@dataclass(slots=True)
class _Working:
    symbol: Symbol
    side: Side
    remaining: int
    group: str
    heard_ns: int


class SecondEyes:
    """`own` says what the desk holds of a symbol, None while nobody can say. `over` hears that a symbol is covered again."""

    def __init__(self, kit: Kit, halts: HaltsTold, own: Callable[[Symbol], int | None], over: Callable[[Symbol], None]) -> None:
        self._kit, self._halts, self._own, self._over = kit, halts, own, over
        self._fence = Fence(PaperFile(kit.paper, None))
        self._working: dict[int, _Working] = {}
        self._since: dict[Symbol, int] = {}
        self._raised: set[Symbol] = set()
        self._swept = False

    def begin(self) -> None:
        """Judge four times a second, whatever is heard."""
        self.check()
        self._kit.agenda.after(CHECK_NS, None, self.begin)

    def hear(self, line: Line) -> None:
        """A line of the gateway's log."""
        match line.news:
            case OrderSeen() as seen if seen.client_id == CLIENT:
                self._order(seen)
            case StatusSeen() as seen if seen.order_id in self._working:
                self._status(seen)
            case Sweep() as sweep if sweep.open_orders is not None:
                self._swept = True
                named = {seen.order_id for seen in sweep.open_orders if seen.client_id == CLIENT}
                newer = sweep.asked_process_ns  # a sweep is as old as its question
                self._working = {n: order for n, order in self._working.items() if n in named or order.heard_ns >= newer}
                for seen in sweep.open_orders:
                    if seen.client_id == CLIENT:
                        self._order(seen)
            case Connected():
                self._swept = False
            case ExecutionSeen():
                pass
            case _:
                return
        self.check()

    def _order(self, seen: OrderSeen) -> None:
        if name_of(seen.order_ref)[1] and seen.status not in _OVER:
            self._working.setdefault(seen.order_id, _Working(seen.symbol, seen.side, seen.quantity, seen.oca_group, self._kit.agenda.now))

    def _status(self, seen: StatusSeen) -> None:
        if seen.status in _OVER:
            self._working.pop(seen.order_id, None)
        else:
            order = self._working[seen.order_id]
            order.remaining, order.heard_ns = seen.remaining, self._kit.agenda.now

    def check(self) -> None:
        """Alarm, halt, or lift."""
        now = self._kit.agenda.now
        for symbol in self._kit.plan.symbols if self._swept else ():
            own = self._own(symbol)
            if own is None:
                continue
            if own and abs(own) > self._covered(symbol, own):
                if symbol not in self._since:
                    self._since[symbol] = now
                if now - self._since[symbol] >= GAP_NS and symbol not in self._raised:
                    self._alarm(symbol)
            else:
                self._since.pop(symbol, None)
                if symbol in self._raised:
                    self._lift(symbol)

    def _covered(self, symbol: Symbol, own: int) -> int:
        groups: defaultdict[str, int] = defaultdict(int)
        for order in self._working.values():
            if order.symbol == symbol and order.side.sign * own < 0 and order.group:
                groups[order.group] = max(groups[order.group], order.remaining)
        return sum(groups.values())

    def _alarm(self, symbol: Symbol) -> None:
        halt = Halt(f"cover-{symbol}", HaltLevel.NO_NEW, HaltScope.SYMBOL, symbol, "uncovered", None, "stop_controller", "")
        self._kit.raised(halt, self._fence.raise_halt(halt))
        self._raised.add(symbol)
        self._kit.told(Alert(Severity.CRITICAL, f"uncovered/{symbol}", "shares without a stop"))

    def _lift(self, symbol: Symbol) -> None:
        try:
            self._halts.lifted(f"cover-{symbol}")
            self._fence.resume(f"cover-{symbol}", "stop_controller", self._kit.agenda.wall)
            self._halts.lift_done(f"cover-{symbol}")
        except NotConfirmed:
            return
        self._raised.discard(symbol)
        self._over(symbol)
