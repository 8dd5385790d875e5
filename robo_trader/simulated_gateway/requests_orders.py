"""What a client asks when it places an order: see `requests`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from robo_trader.simulated_gateway.conditions import Condition
from robo_trader.simulated_gateway.contracts import ContractSpec
from robo_trader.values import Side


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """A new order, or a modify of the client's order with the same id.

    `extras` names every further attribute that was set to something an ordinary order does not have (a hidden size, a hedge, ...): an order with
    extras is not the order that the typed fields tell.
    """

    order_id: int
    contract: ContractSpec
    side: Side
    quantity: Decimal
    order_type: str
    limit_price: Decimal | None
    stop_price: Decimal | None
    time_in_force: str
    oca_group: str
    oca_type: int
    account: str
    order_ref: str
    outside_rth: bool
    transmit: bool
    parent_id: int
    what_if: bool
    extras: tuple[str, ...] = ()
    good_till_date: str = ""
    trail_stop_price: Decimal | None = None
    trailing_percent: Decimal | None = None
    limit_offset: Decimal | None = None
    auto_cancel_parent: bool = False
    conditions: tuple[Condition, ...] = ()
    conditions_ignore_rth: bool = False
    conditions_cancel: bool = False
    algorithm: str = ""
    algorithm_parameters: tuple[tuple[str, str], ...] = ()
    good_after_time: str = ""
