"""Who hears what becomes of an order.

Its owner does, of course. The master client, if the gateway has one, hears every order, execution and commission, but no errors. A client that
cancels another's order hears that it is cancelled, or why it is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from robo_trader.simulated_gateway.model import CommissionNote, Execution, OrderError, OrderReport

CANCELLING: Final = frozenset({"PendingCancel", "Cancelled"})
OrderNews = OrderReport | Execution | CommissionNote | OrderError


class Audience:
    """The client ids of one gateway; `master` is that of the master client, None where there is none."""

    def __init__(self, master: int | None = None, *, names_canceller: bool = False) -> None:
        """Nobody has cancelled anything yet; with `names_canceller` the status of a cancelled order carries the client id of who cancelled it."""
        self._master = master
        self._names_canceller = names_canceller
        self._cancelled_by: dict[tuple[int, int], int] = {}

    def cancelled(self, owner: int, order_id: int, by_client: int) -> None:
        """A client asks for an order to be cancelled."""
        if by_client != owner:
            self._cancelled_by[owner, order_id] = by_client

    def signed(self, report: OrderReport) -> OrderReport:
        """A report with the client id that its status is to carry."""
        canceller = self._canceller(report) if self._names_canceller else None
        return report if canceller is None else replace(report, told_client=canceller)

    def _canceller(self, report: OrderReport) -> int | None:
        """Who cancelled another's order, while it is on its way to its end."""
        return self._cancelled_by.get((report.ticket.client_id, report.ticket.told_id)) if report.status in CANCELLING else None

    def of(self, news: OrderNews) -> Iterable[int]:
        """Who hears of it, the owner first, each once. An error is the last that a canceller hears."""
        match news:
            case OrderReport():
                return _each_once(news.ticket.client_id, self._canceller(news), self._master)
            case OrderError():
                return _each_once(news.client_id, self._cancelled_by.pop((news.client_id, news.order_id), None))
            case Execution():
                return _each_once(news.ticket.client_id, self._master)
            case CommissionNote():
                return _each_once(news.client_id, self._master)


def _each_once(*client_ids: int | None) -> Iterable[int]:
    return dict.fromkeys(client_id for client_id in client_ids if client_id is not None)
