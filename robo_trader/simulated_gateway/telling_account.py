"""Telling clients of the account: positions after each fill, values as they change, profit once a second."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from robo_trader.simulated_gateway import replies, replies_data
from robo_trader.simulated_gateway.account_values import account_values, changed, in_summary, in_updates
from robo_trader.simulated_gateway.connection import Connection
from robo_trader.simulated_gateway.exchange import Exchange
from robo_trader.simulated_gateway.model import PositionReport
from robo_trader.simulated_gateway.profit import Profits
from robo_trader.simulated_gateway.subscriptions_account import portfolio_of, position_multi_of, position_of
from robo_trader.values import NS_PER_SECOND, Instant

PERIOD_NS: Final = 180 * NS_PER_SECOND


class AccountTeller:
    """Tells the subscribers among `connections`; `wall` is New York's clock."""

    def __init__(self, exchange: Exchange, connections: Mapping[int, Connection], wall: Callable[[], datetime]) -> None:
        """Belongs to one gateway."""
        self._exchange = exchange
        self._connections = connections
        self._wall = wall
        self.profits = Profits(exchange)

    def passed(self, since: Instant, to: Instant, *, silent: bool) -> None:
        """Time has passed: tell profit that changed, and now and then the account's values."""
        self.profits.passed(since, to)
        if silent:
            return
        if to // PERIOD_NS > since // PERIOD_NS:
            self.values()
        self.profit()

    def position(self, report: PositionReport) -> None:
        """A position that changed, to everyone who subscribed."""
        for connection in self._connections.values():
            lines = connection.account
            if lines.positions:
                connection.tell(position_of(self._exchange, report))
            if lines.updates is not None:
                connection.tell(portfolio_of(self._exchange, report))
            for req_id, model in lines.positions_multi.items():
                connection.tell(position_multi_of(self._exchange, report, req_id, model))

    def values(self, only: Connection | None = None) -> None:
        """The account values that changed, to everyone who subscribed, or to one connection."""
        listening = [connection for connection in self._heard(only) if connection.account.any]
        if not listening:
            return
        values, account = account_values(self._exchange, self.profits.equity_before), self._exchange.account.account_id
        for connection in listening:
            lines = connection.account
            if lines.updates is not None:
                for key, value, currency in changed(values, lines.updates, in_updates(values)):
                    connection.tell(replies.account_value(key, value, currency, account))
                connection.tell(replies.account_time(f"{self._wall():%H:%M}"))
            for req_id, (tags, told) in lines.summaries.items():
                for key, value, currency in changed(values, told, in_summary(values, tags)):
                    connection.tell(replies.account_summary(req_id, account, key, value, currency))
            for req_id, (ledger, model, told) in lines.multi.items():
                for key, value, currency in changed(values, told, in_updates(values, ledger_and_nlv=ledger)):
                    connection.tell(replies.account_update_multi(req_id, account, model, key, value, currency))

    def profit(self, only: Connection | None = None) -> None:
        """Profit that changed, to everyone who subscribed, or to one connection."""
        for connection in self._heard(only):
            lines = connection.account
            for req_id, before in lines.profit.items():
                now = self.profits.account()
                if now != before:
                    lines.profit[req_id] = now
                    connection.tell(replies_data.profit(req_id, *now))
            for req_id, (symbol, told) in lines.position_profit.items():
                seen = self.profits.of(symbol)
                if seen != told:
                    lines.position_profit[req_id] = (symbol, seen)
                    connection.tell(replies_data.position_profit(req_id, seen.shares, seen.daily, seen.unrealised, seen.realised, seen.value))

    def _heard(self, only: Connection | None) -> Iterable[Connection]:
        return self._connections.values() if only is None else [only]
