"""How many of our shares the broker's own word says are protected: a second count, in a process of its own.

Positions are those that the desk vouches for, corrected by executions it has not read yet; protection is what the gateway heard the broker call
working, whatever the desk believes. A position that the desk has wrong is found by the looks at the broker, not here. Orders of one OCA group count
once, by their largest: whichever fills, the others shrink. A sweep is as old as its question: what was heard since then is newer than what it says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from actors.messages import DeskState, Line
from robo_trader.orders.evidence import BrokerStatus, ExecutionSeen, OrderSeen, StatusSeen, Sweep
from robo_trader.orders.intent import ORDER_REF_PREFIX
from robo_trader.orders.standing import execution_base, newer
from robo_trader.values import Side, Symbol

_OVER = frozenset({BrokerStatus.FILLED, BrokerStatus.CANCELLED, BrokerStatus.API_CANCELLED, BrokerStatus.INACTIVE})
EXECUTIONS_REMEMBERED_MAX: Final = 65_536


@dataclass(slots=True)
class Working:
    """One order of ours that the broker holds; `remaining` in shares, `heard_ns` when it last spoke of it (CLOCK_BOOTTIME)."""

    symbol: Symbol
    side: Side
    remaining: int
    group: str
    heard_ns: int


@dataclass(slots=True)
class Cover:
    """The count of one system; `heard` and `told` feed it."""

    system: str
    own: dict[Symbol, int] = field(default_factory=dict)
    _orders: dict[int, Working] = field(default_factory=dict)
    _ended: dict[int, int] = field(default_factory=dict)  # order -> when its end was heard, since the last sweep was asked (ns)
    _counted: dict[str, tuple[str, int]] = field(default_factory=dict)  # execution without its version -> version, signed shares; oldest first
    _unread: dict[str, tuple[int, Symbol, int]] = field(default_factory=dict)  # execution -> place in the log, symbol, signed shares

    def told(self, state: DeskState) -> None:
        """The desk says what it holds, having read the log up to `handled_seq`."""
        self._unread = {name: fill for name, fill in self._unread.items() if fill[0] > state.handled_seq}
        self.own = dict(state.positions)
        for _, symbol, shares in self._unread.values():
            self.own[symbol] = self.own.get(symbol, 0) + shares

    def heard(self, line: Line) -> None:
        """One line of the gateway's log."""
        match line.news:
            case OrderSeen() as seen:
                self._read_order(seen, line.process)
            case StatusSeen() as seen:
                self._read_status(seen, line.process)
            case ExecutionSeen() as seen if self._ours(seen.order_ref):
                self._count(seen, line.seq)
            case Sweep(open_orders=open_orders, asked_process_ns=asked_ns) if open_orders is not None:
                self._read_sweep(open_orders, asked_ns)
            case _:
                pass

    def covered(self, symbol: Symbol) -> int:
        """Shares of our position in a symbol that a working stop, or the exit of its group, takes off."""
        position = self.own.get(symbol, 0)
        groups: dict[str, int] = {}
        for order in self._orders.values():
            if order.symbol == symbol and order.side.sign * position < 0 and order.group:
                groups[order.group] = max(groups.get(order.group, 0), order.remaining)
        return min(abs(position), sum(groups.values()))

    def uncovered(self, symbol: Symbol) -> int:
        """Shares of our position that nothing protects."""
        return abs(self.own.get(symbol, 0)) - self.covered(symbol)

    def _ours(self, order_ref: str) -> bool:
        return order_ref.startswith(f"{ORDER_REF_PREFIX}:{self.system}:")

    def _count(self, seen: ExecutionSeen, seq: int) -> None:
        base, shares = execution_base(seen.exec_id), seen.quantity * seen.side.sign
        version, counted = self._counted.get(base, ("", 0))
        if version and not newer(seen.exec_id, version):
            return
        self._counted[base] = (seen.exec_id, shares)  # a later version counts for the one before
        if len(self._counted) > EXECUTIONS_REMEMBERED_MAX:
            del self._counted[next(iter(self._counted))]
        self._unread[seen.exec_id] = (seq, seen.symbol, shares - counted)
        self.own[seen.symbol] = self.own.get(seen.symbol, 0) + shares - counted

    def _read_sweep(self, open_orders: tuple[OrderSeen, ...], asked_ns: int) -> None:
        listed = {order.perm_id for order in open_orders}
        self._orders = {name: order for name, order in self._orders.items() if name in listed or order.heard_ns >= asked_ns}
        self._ended = {name: heard_ns for name, heard_ns in self._ended.items() if heard_ns >= asked_ns}
        for order in open_orders:
            if order.perm_id not in self._ended:
                self._read_order(order, asked_ns)

    def _read_order(self, seen: OrderSeen, heard_ns: int) -> None:
        if not self._ours(seen.order_ref) or not seen.perm_id:
            return
        if seen.status in _OVER:
            self._end(seen.perm_id, heard_ns)
        elif (known := self._orders.get(seen.perm_id)) is not None:
            known.heard_ns = max(known.heard_ns, heard_ns)
        else:
            self._orders[seen.perm_id] = Working(seen.symbol, seen.side, seen.quantity - (seen.filled or 0), seen.oca_group, heard_ns)

    def _read_status(self, seen: StatusSeen, heard_ns: int) -> None:
        order = self._orders.get(seen.perm_id)
        if order is None:
            return
        if seen.status in _OVER or not seen.remaining:
            self._end(seen.perm_id, heard_ns)
        else:
            order.remaining, order.heard_ns = seen.remaining, heard_ns

    def _end(self, perm_id: int, heard_ns: int) -> None:
        self._orders.pop(perm_id, None)
        self._ended[perm_id] = heard_ns
