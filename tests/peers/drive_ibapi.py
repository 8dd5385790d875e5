"""Trade a day by the official client, any from 10.19 on: python -m tests.peers.drive_ibapi [VERSION], the protocol's highest that it may speak."""
# ruff: noqa: N802, N803, ARG002 - callbacks and their arguments have the library's names, and it passes some by name

from __future__ import annotations

import inspect
import sys
import threading
from collections import deque
from collections.abc import Callable
from queue import Queue
from time import monotonic
from typing import Any

from ibapi import client as library
from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.execution import ExecutionFilter
from ibapi.order import Order
from ibapi.wrapper import EWrapper

from tests.peers.driving import ANSWER_SECONDS, Diary, Facts, drive, number, order_from

MARGINS = {"initial": "initMargin{}", "maintenance": "maintMargin{}", "equity": "equityWithLoan{}"}


class Listener(EWrapper):
    """Every callback that a day needs; answers to requests end in `answers`."""

    def __init__(self, diary: Diary) -> None:
        super().__init__()
        self.diary = diary
        self.answers: Queue[Any] = Queue()
        self.next_id = 0
        self.states: dict[str, list[Any]] = {}
        self.collected: list[Any] = []
        self.portfolio: dict[str, list[Any]] = {}
        self.ticks: dict[int, Any] = {}

    def nextValidId(self, orderId: int) -> None:
        self.next_id = orderId
        self.answers.put("ready")

    def currentTime(self, time: int) -> None:
        self.answers.put(time)

    def error(self, reqId: int, *rest: Any) -> None:
        """10.19 says code, text, json; in newer versions the time comes before the code."""
        code = rest[0] if isinstance(rest[1], str) else rest[1]
        self.diary.error(reqId, code)
        if reqId > REQUESTS:
            self.answers.put(None)

    def contractDetails(self, reqId: int, contractDetails: Any) -> None:
        self.collected.append(contractDetails.contract)

    def contractDetailsEnd(self, reqId: int) -> None:
        self.answers.put(self.collected)

    def orderStatus(self, orderId: int, status: str, filled: Any, remaining: Any, avgFillPrice: float, permId: int, *_: Any) -> None:
        if orderId in self.diary.names:
            self.states[self.diary.names[orderId]] = [status, number(filled), number(remaining), number(avgFillPrice), permId]

    def openOrder(self, orderId: int, contract: Any, order: Any, orderState: Any) -> None:
        if order.whatIf:
            self.answers.put(orderState)
        else:
            self.collected.append(self.diary.open_order(orderId, contract, order, orderState.status))

    def openOrderEnd(self) -> None:
        self.answers.put(self.collected)

    def execDetails(self, reqId: int, contract: Any, execution: Any) -> None:
        told = self.diary.fills if reqId == -1 else self.collected
        told.append(self.diary.fill(contract, execution, execution.time.rsplit(" ", 1)[0]))

    def execDetailsEnd(self, reqId: int) -> None:
        self.answers.put(self.collected)

    def commissionReport(self, report: Any) -> None:
        """Its name in 10.19."""
        self._charged(report, report.commission)

    def commissionAndFeesReport(self, report: Any) -> None:
        """Its name in newer versions."""
        self._charged(report, report.commissionAndFees)

    def _charged(self, report: Any, commission: float) -> None:
        """The other libraries turn a profit that is unset, as an opening fill's is, into 0."""
        self.diary.commissions[report.execId] = [number(commission), report.currency, number(report.realizedPNL) or "0"]

    def tickPrice(self, reqId: int, tickType: int, price: float, attrib: Any) -> None:
        self.ticks[tickType] = price

    def tickSize(self, reqId: int, tickType: int, size: Any) -> None:
        self.ticks[tickType] = size

    def realtimeBar(self, reqId: int, time: int, *figures: Any) -> None:
        self.diary.live_bar(time, *figures)

    def historicalData(self, reqId: int, bar: Any) -> None:
        figures = (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.wap, bar.barCount)
        self.collected.append([bar.date.rsplit(" ", 1)[0], *map(number, figures)])

    def historicalDataEnd(self, reqId: int, start: str, end: str) -> None:
        self.answers.put(self.collected)

    def completedOrder(self, contract: Any, order: Any, orderState: Any) -> None:
        self.collected.append([order.permId, contract.symbol, orderState.status, number(order.filledQuantity)])

    def completedOrdersEnd(self) -> None:
        self.answers.put(self.collected)

    def position(self, account: str, contract: Any, position: Any, avgCost: float) -> None:
        self.collected.append([contract.symbol, number(position), number(avgCost)])

    def positionEnd(self) -> None:
        self.answers.put(self.collected)

    def updatePortfolio(self, contract: Any, *figures: Any) -> None:
        if figures[0]:
            self.portfolio[contract.symbol] = [contract.symbol, *map(number, figures[:6])]
        else:
            self.portfolio.pop(contract.symbol, None)

    def accountSummary(self, reqId: int, account: str, tag: str, value: str, currency: str) -> None:
        self.collected.append((tag, number(value)))

    def accountSummaryEnd(self, reqId: int) -> None:
        self.answers.put(self.collected)


BID_SIZE, BID, ASK, ASK_SIZE, LAST, LAST_SIZE = range(6)
"""Numbers of ticks on the wire."""
PACED = "+PACEAPI"
"""What the client's own samples give as an option of the connection. 10.19 has no options."""
MESSAGES_PER_SECOND = 45
"""Of more than 50 the gateway complains, by error 100 and in its log; this library holds nothing back itself."""
REQUESTS = 1_000_000
"""Request ids lie above it, so that an error of a request is known from one of an order."""


class OfficialTrader:
    """See `driving.Trader`."""

    def __init__(self) -> None:
        self.diary = Diary()
        self._heard = Listener(self.diary)
        self._client = EClient(self._heard)
        self._sent: deque[float] = deque(maxlen=MESSAGES_PER_SECOND)
        if hasattr(self._client, "connectOptions"):
            self._client.setConnectOptions(PACED)
        self._ids: dict[str, int] = {}
        self._requests = REQUESTS

    def _say(self, request: Callable[..., None], *arguments: Any) -> None:
        if len(self._sent) == MESSAGES_PER_SECOND:
            threading.Event().wait(max(0.0, self._sent[0] + 1.1 - monotonic()))
        self._sent.append(monotonic())
        request(*arguments)

    def connect(self, port: int, client_id: int) -> None:
        self._client.connect("127.0.0.1", port, client_id)
        threading.Thread(target=self._client.run, daemon=True).start()
        self._heard.answers.get(timeout=ANSWER_SECONDS)
        self._say(self._client.reqAccountUpdates, True, "")

    def disconnect(self) -> None:
        self._client.disconnect()

    def _ask(self, request: Callable[..., None], *arguments: Any) -> Any:
        self._heard.collected = []
        self._say(request, *arguments)
        return self._heard.answers.get(timeout=ANSWER_SECONDS)

    def _number(self) -> int:
        self._requests += 1
        return self._requests

    def contract(self, symbol: str) -> Any:
        asked = Contract()
        asked.symbol, asked.secType, asked.exchange, asked.currency = symbol, "STK", "SMART", "USD"
        found = self._ask(self._client.reqContractDetails, self._number(), asked)
        return found[0] if found else asked

    def watch(self, contract: Any) -> None:
        self._say(self._client.reqMktData, self._number(), contract, "", False, False, [])
        self._say(self._client.reqRealTimeBars, self._number(), contract, 5, "TRADES", True, [])

    def quote(self) -> list[str | None]:
        return [number(self._heard.ticks[kind]) for kind in (BID, BID_SIZE, ASK, ASK_SIZE, LAST, LAST_SIZE)]

    def history(self, contract: Any, span: str, size: str) -> list[Any]:
        found: list[Any] = self._ask(self._client.reqHistoricalData, self._number(), contract, "", span, size, "TRADES", 1, 1, False, [])
        return found

    def settle(self) -> None:
        self._ask(self._client.reqCurrentTime)

    def place(self, name: str, contract: Any, facts: Facts) -> None:
        order = order_from(Order, self._ids, facts)
        if name not in self._ids:
            self._ids[name] = self._heard.next_id
            self._heard.next_id += 1
        self.diary.names[self._ids[name]] = name
        self._say(self._client.placeOrder, self._ids[name], contract, order)

    def cancel(self, name: str) -> None:
        wanted = inspect.signature(self._client.cancelOrder).parameters
        if "orderCancel" in wanted:
            from ibapi.order_cancel import OrderCancel  # noqa: PLC0415 - the older versions have none

            self._say(self._client.cancelOrder, self._ids[name], OrderCancel())
        else:
            self._say(self._client.cancelOrder, self._ids[name], "")

    def what_if(self, contract: Any, facts: Facts) -> Facts:
        order = order_from(Order, self._ids, facts)
        order.whatIf = True
        order_id, self._heard.next_id = self._heard.next_id, self._heard.next_id + 1
        state = self._ask(self._client.placeOrder, order_id, contract, order)
        margins = {name: [number(getattr(state, parts.format(when))) for when in ("Before", "Change", "After")] for name, parts in MARGINS.items()}
        commission = state.commissionAndFees if hasattr(state, "commissionAndFees") else state.commission
        return {"status": state.status, "commission": number(commission), **margins}

    def closing(self, tags: list[str]) -> Facts:
        ask, client = self._ask, self._client
        states = {name: self._heard.states.get(name) for name in self._ids}
        return {
            "orders": states,
            "open": sorted(ask(client.reqAllOpenOrders), key=lambda order: order["permanent_id"]),
            "executions": ask(client.reqExecutions, self._number(), ExecutionFilter()),
            "completed": sorted(ask(client.reqCompletedOrders, False)),
            "positions": sorted(ask(client.reqPositions)),
            "portfolio": sorted(self._heard.portfolio.values()),
            "account": dict(ask(client.reqAccountSummary, self._number(), "All", ",".join(tags))),
        }


if __name__ == "__main__":
    if sys.argv[1:]:
        library.MAX_CLIENT_VER = int(sys.argv[1])
    drive(OfficialTrader)
