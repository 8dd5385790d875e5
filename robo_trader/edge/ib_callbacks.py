# ruff: noqa: N802, N803, ARG002  (the client library finds these methods by name, and passes everything it read)
"""What the broker says, message by message, turned into news at once.

This class stands where the client library expects its own bookkeeping, and replaces the parts that must not be trusted with money: the library
marks an order as cancelled on harmless errors, takes answers for events and events for answers, and keeps order objects that drift from the
broker's. Here a message is translated, passed on and forgotten; order state is the desk's business alone.

Handlers only enqueue: the library calls them while it reads the socket and swallows what they raise. A message that cannot be translated raises
`ProtocolError`; the door hears of every such failure (`unreadable`) and reports it, and every list being collected counts as unanswered.
"""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Callable
from typing import Final, Protocol

from robo_trader.edge.ib_market_callbacks import MarketCallbacks, Outlets
from robo_trader.edge.ib_requests import REQUEST_ID_FLOOR, Requests, Topic
from robo_trader.edge.ib_translate import (
    BarFields,
    CommissionFields,
    ContractFields,
    ExecutionFields,
    OrderFields,
    commission_seen,
    execution_seen,
    order_seen,
    position_seen,
    shares,
    stated,
    status_of,
    symbol_of,
)
from robo_trader.edge.market_clock import MarketClock
from robo_trader.orders.evidence import BrokerError, BrokerStatus, CommissionSeen, OrderSeen, StatusSeen
from robo_trader.values import NS_PER_SECOND, Instant, Symbol

LOG = logging.getLogger(__name__)

UNREADABLE: Final = 0
"""Our own code, beside the broker's: a message that could not be understood."""
CLIENT_ID_IN_USE: Final = 326
_OVER: Final = frozenset({BrokerStatus.FILLED, BrokerStatus.CANCELLED, BrokerStatus.API_CANCELLED, BrokerStatus.INACTIVE})
_TEXT_LENGTH_MAX: Final = 400  # of a message that could not be handled

# Connectivity between gateway and broker was lost or restored, the port moved, or a bar subscription died: subscriptions and answers may be missing
# from here on. There is one road into service, so the session ends and a new one resynchronises everything.
_ENDS_SESSION: Final = frozenset({1100, 1101, 1102, 1300, 2110, 10225})
# Notes on a question that is still going to be answered.
_WARNINGS: Final = frozenset({399, 10167, *range(2100, 2200)})


class Alarm:
    """Stands in for the library's decoder logger, the only place where it tells of a message that it could not handle."""

    def __init__(self, report: Callable[[str], None]) -> None:
        """`report` gets the text, and what was raised."""
        self._report = report

    def exception(self, text: str) -> None:
        """Called by the library inside its `except`."""
        self._report(f"{text[:_TEXT_LENGTH_MAX]} {sys.exc_info()[1]!r}")


class OrderState(Protocol):
    """What we read of the library's order state."""

    status: str


class Callbacks(MarketCallbacks):
    """The broker's messages of one session; `account` filters, None while any account is ours."""

    def __init__(self, *, account: str | None, client_id: int, clock: MarketClock, outlets: Outlets) -> None:
        super().__init__(clock, outlets)
        self.account = account
        self.requests = Requests()
        self.next_order_id: int | None = None
        self.refused_client_id = False
        self.swept_commissions: list[CommissionSeen] | None = None  # a list while a sweep collects
        self.glancing = False  # a light look is under way: what it says again is no news
        self._swept_executions: set[str] = set()
        self._client_id = client_id
        self._last: dict[tuple[type, int, int], OrderSeen | StatusSeen] = {}  # of each order that is not over
        self._positions: dict[Symbol, int] = {}
        self.traded: set[Symbol] = set()  # what this system trades, as far as it was qualified
        self._fractions: set[Symbol] = set()
        self._passed_over: set[int] = set()

    def unreadable(self, text: str) -> None:
        """A message could not be handled: say so, and let no list under way count as whole."""
        LOG.error("a message of the gateway was not understood: %s", text)
        self.requests.spoil()
        self._tell(BrokerError(UNREADABLE, UNREADABLE, text))

    def begin_sweep(self) -> None:
        """Collect commissions until `end_sweep`."""
        self.swept_commissions, self._swept_executions = [], set()

    def end_sweep(self) -> tuple[CommissionSeen, ...]:
        """The commissions that were reported since `begin_sweep`."""
        collected, self.swept_commissions = self.swept_commissions or [], None
        self._swept_executions = set()
        return tuple(collected)

    # session

    def nextValidId(self, reqId: int) -> None:
        """The lowest order id that the gateway will accept."""
        self.next_order_id = reqId

    def currentTime(self, time: int) -> None:
        """The broker's clock, whole epoch seconds; ends a round trip."""
        self._clock.observe(Instant(time * NS_PER_SECOND))
        self.requests.end(Topic.CURRENT_TIME)

    def error(self, reqId: int, errorCode: int, errorString: str, advancedOrderRejectJson: str = "") -> None:
        """An error or a note; the id says of what. What it means for an order is the desk's judgement."""
        text = f"{errorString} {advancedOrderRejectJson}".strip()
        if errorCode in _ENDS_SESSION:
            self._out.notice(reqId, errorCode, text)
            self._out.over(f"{errorCode}: {text}")
        elif 1 <= reqId < REQUEST_ID_FLOOR:
            self._out.acknowledged(reqId)
            self._tell(BrokerError(reqId, errorCode, text))
        elif errorCode in _WARNINGS or not self.requests.refuse(reqId, errorCode, text):
            self._out.notice(reqId, errorCode, text)
        if errorCode == CLIENT_ID_IN_USE:
            self.refused_client_id = True
            self._out.over(f"{errorCode}: {text}")

    def setEventsDone(self) -> None:
        """The library's own event objects are not used."""

    def connectionClosed(self) -> None:
        """The door watches the socket itself, also before the log-on is complete."""

    # orders

    def openOrder(self, orderId: int, contract: ContractFields, order: OrderFields, orderState: OrderState) -> None:
        """An order as the broker holds it: an event, or an item of an open-orders answer; it cannot be told which, so it is both."""
        if order.whatIf or not self._ours(order.account):
            return
        if self._fraction_elsewhere(contract, order.totalQuantity, "an order"):
            self._passed_over.add(order.permId)  # its status follows, and names no contract
            return
        seen = order_seen(contract, order, orderState.status)
        self._heard_of(seen.client_id, seen.order_id)
        self.requests.item(Topic.OPEN_ORDERS, seen)
        self._tell_of((OrderSeen, seen.client_id, seen.order_id or seen.perm_id), seen)

    def openOrderEnd(self) -> None:
        """The open-orders answer is complete."""
        self.requests.end(Topic.OPEN_ORDERS)

    def completedOrder(self, contract: ContractFields, order: OrderFields, orderState: OrderState) -> None:
        """An item of the completed-orders answer; unasked ones are dropped."""
        filled = order.filledQuantity if stated(order.filledQuantity) is not None else 0.0  # one that filled has no other quantity
        if self._ours(order.account) and not self._fraction_elsewhere(contract, order.totalQuantity + filled, "a completed order"):
            self.requests.item(Topic.COMPLETED_ORDERS, order_seen(contract, order, orderState.status, completed=True))

    def completedOrdersEnd(self) -> None:
        """The completed-orders answer is complete."""
        self.requests.end(Topic.COMPLETED_ORDERS)

    def orderStatus(
        self,
        orderId: int,
        status: str,
        filled: float,
        remaining: float,
        avgFillPrice: float,
        permId: int,
        parentId: int,
        lastFillPrice: float,
        clientId: int,
        whyHeld: str,
        mktCapPrice: float = 0.0,
    ) -> None:
        """An order's status; repetitions are passed on, but for those of a light look."""
        if permId in self._passed_over:
            return
        name = f"the status of order {orderId}"
        seen = StatusSeen(orderId, clientId, permId, status_of(status, name), shares(filled, name), shares(remaining, name), whyHeld)
        self._heard_of(clientId, orderId)
        self._tell_of((StatusSeen, clientId, orderId or permId), seen)

    def _tell_of(self, key: tuple[type, int, int], seen: OrderSeen | StatusSeen) -> None:
        repeated = self.glancing and self._last.get(key) == seen
        if seen.status in _OVER:
            self._last.pop(key, None)
        else:
            self._last[key] = seen
        if not repeated:
            self._tell(seen)

    def execDetails(self, reqId: int, contract: ContractFields, execution: ExecutionFields) -> None:
        """An execution: live, or an item of an executions answer, which travels inside its sweep only."""
        if not self._ours(execution.acctNumber) or self._fraction_elsewhere(contract, execution.shares, "an execution"):
            return
        seen = execution_seen(contract, execution)
        self._clock.observe(seen.at)
        self._heard_of(seen.client_id, seen.order_id)
        if reqId < REQUEST_ID_FLOOR:
            self._tell(seen)
        elif self.requests.item(reqId, seen):
            self._swept_executions.add(seen.exec_id)

    def execDetailsEnd(self, reqId: int) -> None:
        """The executions answer is complete; its commissions may still follow."""
        self.requests.end(reqId)

    def commissionReport(self, commissionReport: CommissionFields) -> None:
        """A commission; one of an execution that only a sweep told travels with the sweep."""
        seen = commission_seen(commissionReport)
        if self.swept_commissions is not None:
            self.swept_commissions.append(seen)
            if seen.exec_id in self._swept_executions:
                return
        self._tell(seen)

    # account

    def position(self, account: str, contract: ContractFields, posSize: float, avgCost: float) -> None:
        """A net position: pushed, or an item of a positions answer; it cannot be told which, so it is both."""
        if self._ours(account) and not self._fraction_elsewhere(contract, posSize, "a position"):
            seen = position_seen(contract, posSize)
            self.requests.item(Topic.POSITIONS, seen)
            repeated = self.glancing and self._positions.get(seen.symbol) == seen.quantity
            self._positions[seen.symbol] = seen.quantity
            if not repeated:
                self._tell(seen)

    def positionEnd(self) -> None:
        """The positions answer is complete."""
        self.requests.end(Topic.POSITIONS)

    def updateAccountValue(self, tag: str, val: str, currency: str, account: str) -> None:
        """One row of the account."""
        if self._ours(account):
            self.figures.update(tag, val, currency)

    def updatePortfolio(self, *row: object) -> None:
        """Positions come from `position`; the portfolio's valuation is not used."""

    def accountDownloadEnd(self, _account: str) -> None:
        """All rows of the account were told."""
        self.requests.end(Topic.ACCOUNT)

    # contracts and history

    def contractDetails(self, reqId: int, contractDetails: object) -> None:
        """An item of a contract-details answer."""
        self.requests.item(reqId, contractDetails)

    def contractDetailsEnd(self, reqId: int) -> None:
        """The contract-details answer is complete."""
        self.requests.end(reqId)

    def historicalData(self, reqId: int, bar: BarFields) -> None:
        """An item of a history answer, its date unparsed."""
        self.requests.item(reqId, bar)

    def historicalDataEnd(self, reqId: int, _start: str, _end: str) -> None:
        """The history answer is complete."""
        self.requests.end(reqId)

    def _fraction_elsewhere(self, contract: ContractFields, quantity: float, what: str) -> bool:
        """Whether this is about a fraction of a share of something that is not traded here: told once, in no list, and no reason to doubt one."""
        symbol = symbol_of(contract)
        if not self.traded or symbol in self.traded or not math.isfinite(quantity) or quantity == int(quantity):
            return False
        if symbol not in self._fractions:
            self._fractions.add(symbol)
            self._tell(BrokerError(UNREADABLE, UNREADABLE, f"{what} of {symbol} is of {quantity} shares: only whole shares are counted"))
        return True

    def _ours(self, account: str) -> bool:
        return self.account is None or account in ("", self.account)

    def _heard_of(self, client_id: int, order_id: int) -> None:
        if client_id == self._client_id:
            self._out.acknowledged(order_id)
