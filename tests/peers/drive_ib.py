"""Trade a day by `ib_insync` or by `ib_async`: python -m tests.peers.drive_ib LIBRARY. Both have the same names for everything used here."""

from __future__ import annotations

import asyncio
import importlib
import sys
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.peers.driving import ANSWER_SECONDS, Diary, Facts, drive, number, order_from

NEW_YORK = ZoneInfo("America/New_York")


def wall(at: datetime) -> str:
    return at.astimezone(NEW_YORK).strftime("%Y%m%d %H:%M:%S")


class IbTrader:
    """See `driving.Trader`."""

    def __init__(self, library: Any) -> None:
        self.diary = Diary()
        self._library = library
        self._ids: dict[str, int] = {}
        self._orders: dict[str, Any] = {}
        self.ib = library.IB()
        self.ib.RequestTimeout = ANSWER_SECONDS
        self.ib.errorEvent += lambda number_, code, *_: self.diary.error(number_, code)
        self.ib.execDetailsEvent += lambda _, fill: self.diary.fills.append(self.diary.fill(fill.contract, fill.execution, wall(fill.execution.time)))
        self.ib.commissionReportEvent += lambda _, __, report: self._charged(report)

    def _charged(self, report: Any) -> None:
        self.diary.commissions[report.execId] = [number(report.commission), report.currency, number(report.realizedPNL)]

    def connect(self, port: int, client_id: int) -> None:
        self.ib.connect("127.0.0.1", port, clientId=client_id, timeout=ANSWER_SECONDS)

    def disconnect(self) -> None:
        self.ib.disconnect()

    def contract(self, symbol: str) -> Any:
        asked = self._library.Stock(symbol, "SMART", "USD")
        found = self.ib.reqContractDetails(asked)
        return found[0].contract if found else asked

    def watch(self, contract: Any) -> None:
        self._ticker = self.ib.reqMktData(contract)
        bars = self.ib.reqRealTimeBars(contract, 5, "TRADES", True)
        bars.updateEvent += lambda told, _: self.diary.live_bar(int(told[-1].time.timestamp()), *_figures(told[-1], "open_", "wap", "count"))

    def quote(self) -> list[str | None]:
        told = self._ticker
        return [number(figure) for figure in (told.bid, told.bidSize, told.ask, told.askSize, told.last, told.lastSize)]

    def history(self, contract: Any, span: str, size: str) -> list[Any]:
        bars = self.ib.reqHistoricalData(contract, "", span, size, "TRADES", True)
        return [[wall(bar.date), *map(number, _figures(bar, "open", "average", "barCount"))] for bar in bars]

    def settle(self) -> None:
        self.ib.reqCurrentTime()

    def place(self, name: str, contract: Any, facts: Facts) -> None:
        order = order_from(self._library.Order, self._ids, facts)
        order.orderId = self._ids[name] if name in self._ids else self.ib.client.getReqId()
        self._ids[name] = order.orderId
        self._orders.setdefault(name, order)  # a changed order goes by the first one's key in these libraries, client id and all
        order.clientId = self._orders[name].clientId
        self.diary.names[order.orderId] = name
        self.ib.placeOrder(contract, order)

    def cancel(self, name: str) -> None:
        self.ib.cancelOrder(self._orders[name])

    def what_if(self, contract: Any, facts: Facts) -> Facts:
        state = self.ib.whatIfOrder(contract, order_from(self._library.Order, self._ids, facts))
        return {
            "status": state.status,
            "commission": number(state.commission),
            "initial": [number(state.initMarginBefore), number(state.initMarginChange), number(state.initMarginAfter)],
            "maintenance": [number(state.maintMarginBefore), number(state.maintMarginChange), number(state.maintMarginAfter)],
            "equity": [number(state.equityWithLoanBefore), number(state.equityWithLoanChange), number(state.equityWithLoanAfter)],
        }

    def closing(self, tags: list[str]) -> Facts:
        states = {self.diary.names[trade.order.orderId]: self._state(trade) for trade in self.ib.trades() if trade.order.orderId in self.diary.names}
        executions = [self.diary.fill(fill.contract, fill.execution, wall(fill.execution.time)) for fill in self.ib.reqExecutions()]
        summary = {line.tag: number(line.value) for line in self.ib.accountSummary() if line.tag in tags}
        return {
            "orders": states,
            "open": sorted(map(self._open, self.ib.reqAllOpenOrders()), key=lambda order: order["permanent_id"]),
            "executions": executions,
            "completed": sorted(map(_completed, self.ib.reqCompletedOrders(False))),
            "positions": sorted([held.contract.symbol, number(held.position), number(held.avgCost)] for held in self.ib.reqPositions()),
            "portfolio": sorted(_portfolio(item) for item in self.ib.portfolio()),
            "account": summary,
        }

    def _open(self, trade: Any) -> Facts:
        return self.diary.open_order(trade.order.orderId, trade.contract, trade.order, trade.orderStatus.status)

    def _state(self, trade: Any) -> list[Any] | None:
        """What the library makes of an order; None where the gateway never said a word of it, and the library guesses."""
        status = trade.orderStatus
        if not status.permId:
            return None
        return [status.status, number(status.filled), number(status.remaining), number(status.avgFillPrice), status.permId]


def _figures(bar: Any, opened: str, average: str, trades: str) -> list[Any]:
    return [getattr(bar, name) for name in (opened, "high", "low", "close", "volume", average, trades)]


def _completed(trade: Any) -> list[Any]:
    return [trade.order.permId, trade.contract.symbol, trade.orderStatus.status, number(trade.order.filledQuantity)]


def _portfolio(item: Any) -> list[Any]:
    figures = (item.position, item.marketPrice, item.marketValue, item.averageCost, item.unrealizedPNL, item.realizedPNL)
    return [item.contract.symbol, *map(number, figures)]


if __name__ == "__main__":
    asyncio.set_event_loop(asyncio.new_event_loop())  # both take the current loop when they are imported
    drive(lambda: IbTrader(importlib.import_module(sys.argv[1])))
