"""Corrections of trades that the baseline holds.

The baseline is what the account held at the first start, the day's trades until then included. One of these may be corrected, or taken back, later.
Whether the baseline's positions had that already, nobody says: executions and positions are two answers. So the broker's position decides, as it does
over a split. Where two sweeps running find it off by just what corrections changed, they are booked, as external as the trade itself was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from robo_trader.desk.effects import Severity
from robo_trader.desk.turn import Turn
from robo_trader.orders.events import ExternalFill
from robo_trader.orders.evidence import ExecutionSeen
from robo_trader.orders.standing import execution_base, newer
from robo_trader.values import Side, Symbol


def is_of_the_baseline(turn: Turn, seen: ExecutionSeen) -> bool:
    """Whether an execution is in the baseline, in this version or an earlier one; a later version is kept for the sweeps to judge."""
    base = execution_base(seen.exec_id)
    held = turn.state.before_us.get(base)
    if held is None:
        return False
    kept = turn.watch.corrections.get(base)
    if held.shares is not None and newer(seen.exec_id, held.exec_id if kept is None else kept.exec_id):
        turn.watch.corrections[base] = seen
    return True


def correct_baseline(turn: Turn, broker: Mapping[Symbol, int]) -> None:
    """Book the corrections that the broker's positions bear out (shares; a symbol that is absent is flat)."""
    for symbol in sorted({seen.symbol for seen in turn.watch.corrections.values()} & turn.watch.drift_since.keys()):
        waiting = [seen for seen in turn.watch.corrections.values() if seen.symbol == symbol]
        off = broker.get(symbol, 0) - turn.state.net(symbol)
        for borne_out in (waiting, *([seen] for seen in waiting)):
            if off and sum(_total(turn, seen) - _held(turn, seen) for seen in borne_out) == off:
                _book(turn, borne_out)
                break


def _held(turn: Turn, seen: ExecutionSeen) -> int:
    """Signed shares that corrections of the same trade have changed so far."""
    return turn.state.before_us[execution_base(seen.exec_id)].corrected_by


def _total(turn: Turn, seen: ExecutionSeen) -> int:
    """Signed shares that all corrections up to this one change."""
    return seen.side.sign * seen.quantity - (turn.state.before_us[execution_base(seen.exec_id)].shares or 0)


def _book(turn: Turn, borne_out: Iterable[ExecutionSeen]) -> None:
    for seen in borne_out:
        change = _total(turn, seen)
        side = Side.BUY if change > 0 else Side.SELL
        del turn.watch.corrections[execution_base(seen.exec_id)]
        turn.record(ExternalFill(seen.exec_id, seen.symbol, side, abs(change), seen.price, seen.at, seen.order_ref))
        text = f"a trade of before the first start was corrected: {side} {abs(change)} {seen.symbol} at {seen.price}, shown, not healed"
        turn.alert(Severity.WARNING, f"external/{seen.symbol}", text)
