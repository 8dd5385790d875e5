"""How many shares a stance means, and where the stop of a fill stands.

The arithmetic is on whole numbers (micro-dollars, ticks, parts per million), so that the desk, the replay and the compiled search cannot differ by a
rounding. Decimal appears only in the function that the desk calls.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from robo_trader.values import Side, Ticks

_MICRO: Final = Decimal(1_000_000)
_PARTS: Final = 1_000_000
_PARTS_PER_PERCENT: Final = Decimal(10_000)


def fixed(stance: int, quantity: int) -> int:
    """The target of a stance (-1, 0, +1) in signed shares; `quantity` is the size of a full position."""
    assert stance in {-1, 0, 1}, f"{stance} is not a stance"
    assert quantity > 0, "a size is at least one share"
    return stance * quantity


def stop_price(fill_price: Decimal, side_of_position: Side, percent: Decimal, tick_size: Decimal) -> Ticks:
    """The trigger of the stop for shares filled at `fill_price` (dollars): `percent` below for a long position (BUY), above for a short one (SELL).

    Where that falls between two ticks the tighter one counts, that is the one nearer the fill, so no stop ever risks more than `percent`. It is
    always at least one tick away from the fill on its own side, and never below one tick. `fill_price` counts to the micro-dollar.
    """
    tick_micro = int(tick_size * _MICRO)
    assert tick_micro > 0, "a tick is at least a micro-dollar"
    fill_micro = int((fill_price * _MICRO).to_integral_value(ROUND_HALF_EVEN))
    return Ticks(stop_ticks(fill_micro, side_of_position.sign, int(percent * _PARTS_PER_PERCENT), tick_micro))


def stop_ticks(fill_micro: int, sign: int, distance_parts: int, tick_micro: int) -> int:
    """`stop_price` on whole numbers: micro-dollars, +1 long or -1 short, the distance in parts per million of the fill, micro-dollars a tick.

    Within int64 for fills below 9 million dollars a share.
    """
    level = fill_micro * (_PARTS - sign * distance_parts)
    step = _PARTS * tick_micro
    if sign > 0:
        nearer = -(-level // step)
        below_fill = -(-fill_micro // tick_micro) - 1
        return max(min(nearer, below_fill), 1)
    above_fill = fill_micro // tick_micro + 1
    return max(level // step, above_fill)
