"""From placeOrder's fields to a request: what of an order this gateway understands, and what would make it another order.

Clients send every attribute of every order type with every order, most of them as an ordinary order has them, and some as the gateway itself told
them of an open order. What says nothing is passed over; what would change how the order is carried out is named in `extras`.
"""

from __future__ import annotations

from typing import Final

from robo_trader.simulated_gateway import conditions
from robo_trader.simulated_gateway.fields import CONTRACT, Record, field_names, spec
from robo_trader.simulated_gateway.requests import Malformed
from robo_trader.simulated_gateway.requests_orders import PlaceOrder
from robo_trader.simulated_gateway.requests_parse_data import contract_of
from robo_trader.values import Side

INVALID: Final = 321
PLACE_ORDER: Final = 3
NO_SIZE: Final = (434, "The order size cannot be zero.")

_SIDES: Final = {side.value: side for side in Side}
_UNDERSTOOD: Final = frozenset(
    field_names(
        (
            *CONTRACT,
            *spec("orderId secIdType secId action totalQuantity orderType lmtPrice auxPrice tif ocaGroup ocaType account orderRef transmit parentId"),
            *spec("outsideRth whatIf goodAfterTime goodTillDate trailStopPrice trailingPercent lmtPriceOffset autoCancelParent"),
            *spec("conditions conditionsIgnoreRth conditionsCancelOrder algoStrategy algoParams"),
        )
    )
)
"""What the typed fields of a PlaceOrder tell."""
_SAYS_NOTHING: Final = frozenset(
    field_names(
        spec(
            "triggerMethod overridePercentageConstraints usePriceMgmtAlgo eTradeOnly firmQuoteOnly solicited dontUseAutoPriceForHedge"
            " referencePriceType volatilityType deltaNeutralOpenClose optOutSmartRouting minCompeteSize competeAgainstBestOffset"
            " manualOrderTime advancedErrorOverride extOperator orderMiscOptions"
            " mifid2DecisionMaker mifid2DecisionAlgo mifid2ExecutionTrader mifid2ExecutionAlgo"
        )
    )
)
"""What changes nothing about a stock order here, whatever it says: how a price is watched, presets, attributes of other kinds of order, and
who decided on it, when and by whose leave."""
_ORDINARY: Final[dict[str, frozenset[object]]] = {
    "openClose": frozenset({"", "O", "C"}),  # which of the two a broker's own account derives from its position
    "exemptCode": frozenset({None, 0, -1}),
    "clearingIntent": frozenset({"", "IB"}),
    "deltaNeutralOrderType": frozenset({"", "None"}),  # the word that a gateway itself writes
    "adjustedOrderType": frozenset({"", "None"}),
}
_NOTHING: Final[frozenset[object]] = frozenset({"", None, 0})  # and False, which equals 0


def place_order(record: Record) -> PlaceOrder | Malformed:
    """The order of a message; Malformed 321 where its side or quantity is none, 434 where the quantity is zero."""
    order_id = record.integer("orderId")
    side = _SIDES.get(record.text("action"))
    if side is None:
        return _invalid(order_id, f"Invalid side: {record.text('action')}")
    quantity = record.number("totalQuantity")
    if quantity == 0:
        return Malformed(PLACE_ORDER, order_id, *NO_SIZE)
    if quantity is None or quantity < 0:
        return _invalid(order_id, "The order size must be a positive number")
    return PlaceOrder(
        order_id=order_id,
        contract=contract_of(record),
        side=side,
        quantity=quantity,
        order_type=record.text("orderType"),
        limit_price=record.number("lmtPrice"),
        stop_price=record.number("auxPrice"),
        time_in_force=record.text("tif"),
        oca_group=record.text("ocaGroup"),
        oca_type=or_zero(record, "ocaType"),
        account=record.text("account"),
        order_ref=record.text("orderRef"),
        outside_rth=record.flag("outsideRth"),
        transmit=record.flag("transmit"),
        parent_id=or_zero(record, "parentId"),
        what_if=record.flag("whatIf"),
        extras=tuple(name for name, value in record.items() if _says_something(name, value)),
        good_till_date=record.text("goodTillDate"),
        trail_stop_price=record.number("trailStopPrice"),
        trailing_percent=record.number("trailingPercent"),
        limit_offset=record.number("lmtPriceOffset"),
        auto_cancel_parent=bool(record.get("autoCancelParent")),
        conditions=conditions.read(record),
        conditions_ignore_rth=bool(record.get("conditionsIgnoreRth")),
        conditions_cancel=bool(record.get("conditionsCancelOrder")),
        algorithm=record.text("algoStrategy"),
        algorithm_parameters=tuple((one.text("tag"), one.text("value")) for one in record.groups("algoParams")) if "algoParams" in record else (),
        good_after_time=record.text("goodAfterTime"),
    )


def _says_something(name: str, value: object) -> bool:
    if name in _UNDERSTOOD or name in _SAYS_NOTHING:
        return False
    if isinstance(value, list):
        return bool(value)
    return value not in _ORDINARY.get(name, _NOTHING)


def or_zero(record: Record, name: str) -> int:
    """A whole number, 0 where the client left it blank."""
    return 0 if record[name] is None else record.integer(name)


def _invalid(order_id: int, cause: str) -> Malformed:
    return Malformed(PLACE_ORDER, order_id, INVALID, f"Error validating request.-'bW' : cause - {cause}")
