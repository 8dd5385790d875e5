"""What trading costs: Interactive Brokers' fixed price plan for US stocks, and slippage.

All in whole micro-dollars, ticks and parts per million, so that replay and compiled search cannot differ by a rounding. Slippage is never zero: an
order that takes the market pays at least a tick. Not counted: exchange and regulatory fees on sales (below a hundredth of a percent), the interest on
cash, and what borrowing shares costs while short; a result that depends on these is not a result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from robo_trader.market.bar_series import TICK_MICRO

MICRO: Final = 1_000_000
PER_SHARE_MICRO: Final = 5_000
ORDER_MINIMUM_MICRO: Final = 1_000_000
CAP_DIVISOR: Final = 100
"""At most 1 % of an order's value, even where that is below the minimum."""
SLIPPAGE_TICKS_MIN: Final = 1


@dataclass(frozen=True, slots=True)
class Costs:
    """`slippage_parts`: parts per million of the price by which a fill is worse than the price it was aimed at, rounded up to whole ticks."""

    slippage_parts: int = 100

    def __post_init__(self) -> None:
        """Nobody trades for free."""
        assert self.slippage_parts > 0, "slippage is above zero"

    def slipped(self, price: int, sign: int) -> int:
        """The fill in ticks of a buy (`sign` +1) or sell (-1) aimed at `price` ticks; a sale brings at least one tick."""
        slip = max(-(-price * self.slippage_parts // MICRO), SLIPPAGE_TICKS_MIN)
        return max(price + sign * slip, 1)


def commission_micro(shares: int, price: int) -> int:
    """Micro-dollars for an order of `shares` filled at `price` ticks: half a cent a share, at least a dollar, at most 1 % of its value."""
    value = shares * price * TICK_MICRO
    return min(max(ORDER_MINIMUM_MICRO, PER_SHARE_MICRO * shares), value // CAP_DIVISOR)
