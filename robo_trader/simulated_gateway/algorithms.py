"""The broker's algorithms by name: those that are carried out here as the plain order, and why another is refused."""

from __future__ import annotations

from typing import Final

from robo_trader.simulated_gateway.order_kinds import AT_ONCE

CARRIED_OUT_PLAINLY: Final = frozenset({"Adaptive", "ArrivalPx", "Twap", "Vwap"})
_OTHERS: Final = frozenset({"AD", "BalanceImpactRisk", "ClosePx", "DarkIce", "MinImpact", "PctVol", "PctVolPx", "PctVolSz", "PctVolTm"})
NOT_FOUND: Final = (439, "The order processing failed. Algorithm definition not found.")
NOT_ALLOWED: Final = (442, "Specified algorithm is not allowed for this order.")


def refused(strategy: str, order_type: str) -> tuple[int, str] | None:
    """Why an order cannot have an algorithm, as (code, text); None if it can, or has none."""
    if not strategy or (strategy in CARRIED_OUT_PLAINLY and order_type in AT_ONCE):
        return None
    return NOT_ALLOWED if strategy in CARRIED_OUT_PLAINLY | _OTHERS else NOT_FOUND
