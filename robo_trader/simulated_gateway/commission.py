"""What the simulated broker charges: its fixed price plan for US stocks, for whole orders, charged as they fill.

USD 0.005 a share, at least 1.00 for an order, at most 1 % of the order's trade value (the cap wins over the minimum). An order that fills
in parts owes the fee of what has filled so far; each fill is charged the difference to what was charged before it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from robo_trader.values import Money

PER_SHARE: Final = Decimal("0.005")
ORDER_MINIMUM: Final = Decimal("1.00")
VALUE_CAP: Final = Decimal("0.01")


def order_commission(shares: int, value: Money) -> Money:
    """Dollars owed for an order that has filled `shares` for `value` dollars in all; never falls while both grow."""
    return min(max(ORDER_MINIMUM, PER_SHARE * shares), VALUE_CAP * value)
