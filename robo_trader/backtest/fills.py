"""At which price an order of a backtest fills: always the worse of what could have happened.

A bar says that its prices were touched, not in which order. So a decision made on a bar fills at the open of the next one, never at a price that
helped to make it; a stop that a bar touched fills at its trigger, or at the open where the market opened beyond it. Slippage comes on top.
"""

from __future__ import annotations

from robo_trader.backtest.costs import Costs

NOT_FILLED = 0
"""No price: real ones are at least one tick."""


def at_open(opened: int, sign: int, costs: Costs) -> int:
    """The fill, in ticks, of a market order that waits when a bar opens."""
    return costs.slipped(opened, sign)


def of_stop(trigger: int, sign: int, opened: int, high: int, low: int, costs: Costs) -> int:
    """The fill of a stop that sells (`sign` -1) or buys (+1) from `trigger` on, all in ticks; `NOT_FILLED` if the bar did not touch it."""
    if sign < 0:
        return costs.slipped(min(trigger, opened), sign) if low <= trigger else NOT_FILLED
    return costs.slipped(max(trigger, opened), sign) if high >= trigger else NOT_FILLED
