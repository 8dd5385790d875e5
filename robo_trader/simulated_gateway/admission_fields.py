"""Do a ticket's fields make sense together? What is wrong with them, in the broker's numbers.

Each rule stands for itself; the first that is broken is told. 321 is a field that nobody could carry out, 110 a price between ticks; type and time in
force that exclude each other, and a type that this exchange does not have, have numbers of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from robo_trader.simulated_gateway.contracts import Contract
from robo_trader.simulated_gateway.model import Ticket
from robo_trader.simulated_gateway.order_kinds import (
    AT_CLOSE,
    AT_ONCE,
    LIMITS,
    OF_OTHER_VENUES,
    ONE_CHANCE,
    ORDER_TYPES,
    TIMES_IN_FORCE,
    TRAILING,
)

OCA_TYPES: Final = (1, 2, 3)
PERCENT_MAX: Final = Decimal(100)
INVALID: Final = "Error validating request.-'bF' : cause - "
PRICE_LIMIT: Final = Decimal(10) ** 12  # beyond it nothing conforms: a remainder would have more digits than there are
NO_TIME: Final = (
    343,
    "The date, time, or time-zone entered is invalid. The correct format is yyyymmdd hh:mm:ss xxx where yyyymmdd and xxx are optional.",
)
OFF_TICK: Final = "The price does not conform to the minimum price variation for this contract."
_NEEDS_STOP: Final = frozenset({"STP", "STP LMT"})

Wrong = tuple[int, str]


def wrong_fields(ticket: Ticket, contract: Contract, account_id: str) -> Wrong | None:
    """The first thing that is wrong with a ticket, as (code, text); None if nothing is."""
    return next((found for rule in _RULES if (found := rule(ticket)) is not None), None) or _account(ticket, account_id) or _tick(ticket, contract)


def prices_of(ticket: Ticket) -> list[Decimal]:
    """The prices that its type uses and its client gave, limit first."""
    used = []
    if ticket.order_type in LIMITS:
        used.append(ticket.limit_price)
    if ticket.order_type in _NEEDS_STOP | TRAILING:
        used.append(ticket.stop_price)
    return [price for price in used if price is not None]


def _invalid(cause: str) -> Wrong:
    return 321, INVALID + cause


def _type(ticket: Ticket) -> Wrong | None:
    if ticket.order_type in OF_OTHER_VENUES:
        return 387, "Unsupported order type for this exchange and security type."
    return None if ticket.order_type in ORDER_TYPES else _invalid("Invalid order type was entered")


def _quantity(ticket: Ticket) -> Wrong | None:
    return None if ticket.quantity > 0 else _invalid("The size of an order must be above zero")


def _time_in_force(ticket: Ticket) -> Wrong | None:
    if ticket.time_in_force not in TIMES_IN_FORCE:
        return _invalid("Invalid time in force was entered")
    if ticket.order_type in AT_CLOSE and ticket.time_in_force != "DAY":
        return 113, "The Tif option should be set to DAY for MOC and LOC orders."
    if ticket.time_in_force in ONE_CHANCE and ticket.order_type not in AT_ONCE:
        return 111, "The TIF (Tif type) and the order type are incompatible."
    return None


def _good_till(ticket: Ticket) -> Wrong | None:
    if ticket.time_in_force != "GTD" or ticket.good_till is not None:
        return None
    if ticket.good_till_text:
        return NO_TIME
    return _invalid("A GTD order needs the date and time that it is good till")


def _good_after(ticket: Ticket) -> Wrong | None:
    return NO_TIME if ticket.good_after_text and ticket.good_after is None else None


def _oca_type(ticket: Ticket) -> Wrong | None:
    return _invalid("Invalid OCA type was entered") if ticket.oca_group and ticket.oca_type not in OCA_TYPES else None


def _limit(ticket: Ticket) -> Wrong | None:
    needed = ticket.order_type in LIMITS and ticket.order_type != "TRAIL LIMIT"
    return None if not needed or _is_price(ticket.limit_price) else _invalid("A price above zero is needed")


def _stop(ticket: Ticket) -> Wrong | None:
    if ticket.order_type in _NEEDS_STOP:
        return None if _is_price(ticket.stop_price) else _invalid("A price above zero is needed")
    if ticket.order_type in TRAILING and ticket.stop_price is not None and not _is_price(ticket.stop_price):
        return _invalid("A trailing stop begins at a price above zero")
    return None


def _trail(ticket: Ticket) -> Wrong | None:
    if ticket.order_type not in TRAILING:
        return None
    amount, percent = ticket.trail_amount, ticket.trail_percent
    if (amount is None) == (percent is None):
        return _invalid("A trailing order needs either an amount or a percentage")
    if (amount is not None and not _is_price(amount)) or (percent is not None and not 0 < percent < PERCENT_MAX):
        return _invalid("A trailing order needs a distance above zero")
    if ticket.order_type == "TRAIL LIMIT" and ticket.limit_offset is None:
        return _invalid("A trailing limit order needs a limit offset")
    return None


def _is_price(price: Decimal | None) -> bool:
    return price is not None and price.is_finite() and price > 0


def _account(ticket: Ticket, account_id: str) -> Wrong | None:
    return None if ticket.account == account_id else _invalid(f"Invalid account code '{ticket.account}'")


def _tick(ticket: Ticket, contract: Contract) -> Wrong | None:
    steps = [*prices_of(ticket), *(step for step in (ticket.trail_amount, ticket.limit_offset) if step is not None)]
    return (110, OFF_TICK) if any(abs(step) >= PRICE_LIMIT or step % contract.min_tick for step in steps) else None


_RULES: Final[tuple[Callable[[Ticket], Wrong | None], ...]] = (
    _type,
    _quantity,
    _time_in_force,
    _good_till,
    _good_after,
    _oca_type,
    _limit,
    _stop,
    _trail,
)
