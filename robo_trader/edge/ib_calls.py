"""Every message that we send, as fields of the library's classes and calls of its client.

Each method writes one frame at once (`Client.MaxRequests` is 0). The classes come in from the door, so nothing here imports the library; its methods
are untyped, and this is where they get their types.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, Final

from robo_trader.desk.effects import Cancel, Place
from robo_trader.edge.ib_market_callbacks import BAR_SECONDS
from robo_trader.edge.ib_requests import REQUEST_ID_FLOOR
from robo_trader.orders.order import OrderType
from robo_trader.values import Instrument, Symbol

_DATES_IN_EPOCH_SECONDS: Final = 2
_OCA_REDUCE_WITH_BLOCK: Final = 2
_PRICE_FIELD: Final = {OrderType.LIMIT: "lmtPrice", OrderType.STOP: "auxPrice"}


def contract_fields(instrument: Instrument) -> dict[str, Any]:
    """The contract of a stock, routed by SMART."""
    return {
        "secType": "STK",
        "conId": instrument.con_id,
        "symbol": instrument.symbol,
        "exchange": "SMART",
        "primaryExchange": instrument.primary_exchange,
        "currency": instrument.currency,
    }


def order_fields(command: Place, instrument: Instrument, account: str) -> dict[str, Any]:
    """The order. Time in force is always explicit, or a preset of the gateway decides it (10349); the price becomes a double only here."""
    fields: dict[str, Any] = {
        "orderId": command.order_id,
        "action": command.side.value,
        "totalQuantity": command.quantity,
        "orderType": command.order_type.value,
        "tif": command.time_in_force.value,
        "orderRef": command.order_ref,
        "account": account,
        "ocaGroup": command.oca_group,
        "ocaType": _OCA_REDUCE_WITH_BLOCK if command.oca_group else 0,
        "outsideRth": False,
        "transmit": True,
    }
    if (price_field := _PRICE_FIELD.get(command.order_type)) is not None:
        assert command.price is not None, f"a {command.order_type} order needs its price"
        fields[price_field] = float(instrument.money(command.price))
    return fields


class Calls:
    """The messages of one session, over the library's client; a new id for a question comes from `request_id`."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401
        *,
        contract: Callable[..., object],
        order: Callable[..., object],
        execution_filter: Callable[[], object],
    ) -> None:
        self._client = client
        self._contract, self._order, self._execution_filter = contract, order, execution_filter
        self._ids = count(REQUEST_ID_FLOOR)
        self.open_orders: Callable[[], None] = client.reqAllOpenOrders
        self.positions: Callable[[], None] = client.reqPositions
        self.current_time: Callable[[], None] = client.reqCurrentTime
        self.cancel_history: Callable[[int], None] = client.cancelHistoricalData

    def request_id(self) -> int:
        """A fresh id for a question, whatever has become of the session: the library's own counter fails once it has ended."""
        return next(self._ids)

    def contract_details(self, request_id: int, symbol: Symbol) -> None:
        """Ask for the details of a US stock on SMART."""
        self._client.reqContractDetails(request_id, self._contract(secType="STK", symbol=symbol, exchange="SMART", currency="USD"))

    def subscribe_quotes(self, request_id: int, instrument: Instrument) -> None:
        """Subscribe to level-1 ticks."""
        self._client.reqMktData(request_id, self._stock(instrument), "", False, False, [])

    def subscribe_bars(self, request_id: int, instrument: Instrument) -> None:
        """Subscribe to 5-second bars of trades in regular hours."""
        self._client.reqRealTimeBars(request_id, self._stock(instrument), BAR_SECONDS, "TRADES", True, [])

    def minute_bars(self, request_id: int, instrument: Instrument, days: int) -> None:
        """Ask for 1-minute bars of trades in regular hours."""
        stock = self._stock(instrument)
        self._client.reqHistoricalData(request_id, stock, "", f"{days} D", "1 min", "TRADES", True, _DATES_IN_EPOCH_SECONDS, False, [])

    def completed_orders(self) -> None:
        """Ask for the day's completed orders, of all clients and manual ones."""
        self._client.reqCompletedOrders(False)

    def executions(self, request_id: int) -> None:
        """Ask for the day's executions, of all clients and manual ones."""
        self._client.reqExecutions(request_id, self._execution_filter())

    def account_updates(self, account: str) -> None:
        """Ask for the account's rows, and for pushes of their changes."""
        self._client.reqAccountUpdates(True, account)

    def place(self, command: Place, instrument: Instrument, account: str) -> None:
        """Write an order."""
        self._client.placeOrder(command.order_id, self._stock(instrument), self._order(**order_fields(command, instrument, account)))

    def cancel(self, command: Cancel) -> None:
        """Write a cancel."""
        self._client.cancelOrder(command.order_id, "")

    def _stock(self, instrument: Instrument) -> object:
        return self._contract(**contract_fields(instrument))
