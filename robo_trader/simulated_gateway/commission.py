"""What the simulated broker charges for US stocks: its fixed price plan, or its tiered one, for whole orders, charged as they fill.

Fixed: USD 0.005 a share, at least 1.00 for an order, at most 1 % of the order's trade value (the cap wins over the minimum). Everything is in it.

Tiered, in its tier of up to 300,000 shares a month: USD 0.0035 a share, at least 0.35, at most 1 % of the trade value, and two small shares of that
that exchanges take; besides, what others charge is passed on for each fill: 0.0030 a share that takes liquidity, less 0.0020 for one that adds it,
0.00020 a share for clearing, and for sales 0.0000278 of the value and 0.000166 a share.

An order that fills in parts owes the fee of what has filled so far; each fill is charged the difference to what was charged before it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway.venue import FIXED, TIERED
from robo_trader.values import Money, Side

PER_SHARE: Final = Decimal("0.005")
ORDER_MINIMUM: Final = Decimal("1.00")
VALUE_CAP: Final = Decimal("0.01")
TIERED_PER_SHARE: Final = Decimal("0.0035")
TIERED_MINIMUM: Final = Decimal("0.35")
EXCHANGES_PART: Final = Decimal("0.000175") + Decimal("0.00056")
TAKES: Final = Decimal("0.0030")
ADDS: Final = Decimal("-0.0020")
CLEARING: Final = Decimal("0.00020")
SALE_OF_VALUE: Final = Decimal("0.0000278")
SALE_PER_SHARE: Final = Decimal("0.000166")
ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Charged:
    """One fill of an order, and the order's filled shares and their dollars, this fill included. `added`: it gave liquidity."""

    side: Side
    quantity: int
    price: Decimal
    order_shares: int
    order_value: Money
    added: bool


Plan = Callable[[Charged], tuple[Money, Money]]
"""Dollars owed to the broker for the whole order so far, and what is passed on for this fill."""


def order_commission(shares: int, value: Money) -> Money:
    """Dollars owed by the fixed plan for an order that has filled `shares` for `value` dollars in all; never falls while both grow."""
    return min(max(ORDER_MINIMUM, PER_SHARE * shares), VALUE_CAP * value)


def _fixed(fill: Charged) -> tuple[Money, Money]:
    return order_commission(fill.order_shares, fill.order_value), ZERO


def _tiered(fill: Charged) -> tuple[Money, Money]:
    own = min(max(TIERED_MINIMUM, TIERED_PER_SHARE * fill.order_shares), VALUE_CAP * fill.order_value)
    passed_on = fill.quantity * ((ADDS if fill.added else TAKES) + CLEARING)
    if fill.side is Side.SELL:
        passed_on += fill.quantity * (SALE_PER_SHARE + SALE_OF_VALUE * fill.price)
    return own * (1 + EXCHANGES_PART), passed_on


PLANS: Final[dict[str, Plan]] = {FIXED: _fixed, TIERED: _tiered}
