"""Questions to the broker: each waits its turn in the message budget, has a time limit, and tells 'no answer' from 'nothing there'.

A question is written only when the budget allows it (pacing delays, it never refuses) and in the same stretch in which its place in `Requests` is
taken, so the order of questions on the wire and in the books is the same. Time limits count from the asking, waiting for the budget included.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Final, Protocol, cast

from robo_trader.desk.news import AccountSeen
from robo_trader.edge.ib_callbacks import Callbacks
from robo_trader.edge.ib_calls import Calls
from robo_trader.edge.ib_requests import UNANSWERED_MAX, Answer, Key, Question, Topic
from robo_trader.edge.ib_translate import BarFields, history_bar
from robo_trader.edge.market_clock import MarketClock
from robo_trader.edge.rate_budget import Kind, RateBudget
from robo_trader.errors import ConfigurationError, DataError, GatewayAbsent
from robo_trader.market.bar import Bar
from robo_trader.orders.evidence import BrokerStatus, ExecutionSeen, OrderSeen, PositionSeen, Sweep
from robo_trader.values import NS_PER_SECOND, Instrument, Symbol

ANSWER_SECONDS_MAX: Final = 5.0
"""Time limit of each part of a sweep, of contract details and of account figures."""
_MINUTE_SECONDS: Final = 60
_NO_DATA: Final = 162
_UNKNOWN_CONTRACT: Final = 200
_GONE: Final = frozenset({BrokerStatus.FILLED, BrokerStatus.CANCELLED, BrokerStatus.API_CANCELLED})


class ContractFields(Protocol):
    """What we read of the contract inside contract details."""

    conId: int  # noqa: N815
    symbol: str
    currency: str
    primaryExchange: str  # noqa: N815


class DetailsFields(Protocol):
    """What we read of contract details; `minTick` in dollars."""

    contract: ContractFields
    minTick: float  # noqa: N815


class Questions:
    """The questions of one session. `over` ends the session; `process_ns` is CLOCK_BOOTTIME in ns."""

    def __init__(
        self,
        *,
        calls: Calls,
        callbacks: Callbacks,
        clock: MarketClock,
        budget: RateBudget,
        process_ns: Callable[[], int],
        over: Callable[[str], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.waiting_for_budget = 0
        self._calls = calls
        self._callbacks = callbacks
        self._clock = clock
        self._budget = budget
        self._process_ns = process_ns
        self._over = over
        self._sleep = sleep
        self._turn = asyncio.Lock()  # first come, first served
        self._sweep_lock = asyncio.Lock()

    async def send(self, call: Callable[[], None]) -> None:
        """Write one message that expects no answer, as soon as the budget allows it; `GatewayAbsent` if the session ended before."""
        self.waiting_for_budget += 1
        try:
            async with self._turn:
                # Again after each wait: an order may have used the budget meanwhile.
                while (wait_ns := self._budget.next_free_ns(Kind.REQUEST, now := self._process_ns()) - now) > 0:
                    await self._sleep(wait_ns / NS_PER_SECOND)
                if self._callbacks.requests.closed:
                    raise GatewayAbsent("the session ended before the message was sent")
                self._budget.spend(Kind.REQUEST, now)
                call()
        finally:
            self.waiting_for_budget -= 1

    async def ask(self, key: Key, call: Callable[[], None], timeout_seconds: float) -> Answer | None:
        """One question and its answer; None if none came in time or the session ended."""
        asked: list[Question] = []

        def write() -> None:
            asked.append(self._callbacks.requests.open(key))
            call()

        try:
            async with asyncio.timeout(timeout_seconds):
                await self.send(write)
                return await asked[0].answered
        except (TimeoutError, GatewayAbsent):
            return None
        finally:
            if asked and asked[0].abandoned:
                self._give_up(asked[0])

    def _give_up(self, question: Question) -> None:
        self._callbacks.requests.forget(question)
        if self._callbacks.requests.unanswered(question.key) >= UNANSWERED_MAX:
            self._over(f"{UNANSWERED_MAX} questions for {question.key} were never answered")

    async def round_trip(self, timeout_seconds: float) -> bool:
        """Whether the gateway answered, on this socket, a question written now: it has then read all that was written before."""
        return await self.ask(Topic.CURRENT_TIME, self._calls.current_time, timeout_seconds) is not None

    async def account(self) -> AccountSeen:
        """The account's figures, asked for afresh; pushes of changes follow as news. Figures that were not stated are None."""
        account = self._callbacks.account or ""
        await self.ask(Topic.ACCOUNT, lambda: self._calls.account_updates(account), ANSWER_SECONDS_MAX)
        return self._callbacks.figures.seen()

    async def instrument(self, symbol: Symbol) -> Instrument:
        """Contract details; `ConfigurationError` for a symbol that IB does not know, `GatewayAbsent` without an answer."""
        request_id = self._calls.request_id()
        answer = await self.ask(request_id, lambda: self._calls.contract_details(request_id, symbol), ANSWER_SECONDS_MAX)
        if answer is None or not answer.whole:
            raise GatewayAbsent(f"the gateway did not answer with the contract details of {symbol} within {ANSWER_SECONDS_MAX:g} s")
        if answer.refusal is not None and answer.refusal[0] != _UNKNOWN_CONTRACT:
            raise GatewayAbsent(f"the gateway refused the contract details of {symbol}: {answer.refusal[0]} {answer.refusal[1]}")
        found = [details for details in cast("Sequence[DetailsFields]", answer.items) if details.contract.currency == "USD"]
        if len(found) != 1:
            which = "ambiguous" if found else "unknown"
            raise ConfigurationError(f"symbol {symbol!r} is {which} at Interactive Brokers", "name a US stock or ETF by its ticker, e.g. SPY")
        (details,) = found
        contract = details.contract
        self._callbacks.traded.add(symbol)
        return Instrument(symbol, contract.conId, Decimal(repr(float(details.minTick))), contract.currency, contract.primaryExchange)

    async def subscribe(self, instrument: Instrument) -> None:
        """Level-1 ticks and 5-second bars from now on, until the session ends."""
        quotes, bars = self._calls.request_id(), self._calls.request_id()
        self._callbacks.quotes.track(quotes, instrument)
        self._callbacks.bar_instruments[bars] = instrument
        await self.send(lambda: self._calls.subscribe_quotes(quotes, instrument))
        await self.send(lambda: self._calls.subscribe_bars(bars, instrument))

    async def minute_history(self, instrument: Instrument, days: int, timeout_seconds: float) -> list[Bar]:
        """Completed 1-minute bars of the last `days` sessions, oldest first; `DataError` when they were refused or did not come."""
        request_id = self._calls.request_id()
        await self.round_trip(timeout_seconds)  # a bar that ends before this answer is complete in the one that follows
        complete_until = self._clock.now
        answer = await self.ask(request_id, lambda: self._calls.minute_bars(request_id, instrument, days), timeout_seconds)
        if answer is None or not answer.whole:
            with suppress(GatewayAbsent):
                await self.send(lambda: self._calls.cancel_history(request_id))
            raise DataError(f"no history of {instrument.symbol} came within {timeout_seconds:g} s", "see that the gateway reaches IB's data farms")
        if answer.refusal is not None and answer.refusal[0] != _NO_DATA:
            raise DataError(f"history of {instrument.symbol} was refused: {answer.refusal[1]}", "see the account's market data subscriptions")
        bars = (history_bar(instrument, bar, _MINUTE_SECONDS) for bar in cast("Sequence[BarFields]", answer.items))
        return [bar for bar in bars if bar.end <= complete_until]

    async def glance(self, number: int) -> Sweep:
        """A light look: open orders and positions."""
        async with self._sweep_lock:
            asked_ns = self._process_ns()
            self._callbacks.glancing = True
            try:
                open_orders = await self._part(Topic.OPEN_ORDERS, self._calls.open_orders)
                positions = await self._part(Topic.POSITIONS, self._calls.positions)
            finally:
                self._callbacks.glancing = False
        orders = _still_open(cast("tuple[OrderSeen, ...] | None", open_orders))
        return Sweep(number, asked_ns, orders, None, None, (), _latest(cast("tuple[PositionSeen, ...] | None", positions)), light=True)

    async def sweep(self, number: int) -> Sweep:
        """A whole look, one part after the other: an order that moves on between two parts is in the later one, never in neither."""
        async with self._sweep_lock:
            asked_ns = self._process_ns()
            self._callbacks.begin_sweep()
            try:
                open_orders = await self._part(Topic.OPEN_ORDERS, self._calls.open_orders)
                completed = await self._part(Topic.COMPLETED_ORDERS, self._calls.completed_orders)
                request_id = self._calls.request_id()
                executions = await self._part(request_id, lambda: self._calls.executions(request_id))
                positions = await self._part(Topic.POSITIONS, self._calls.positions)
            finally:
                commissions = self._callbacks.end_sweep()
        return Sweep(
            number=number,
            asked_process_ns=asked_ns,
            open_orders=_still_open(cast("tuple[OrderSeen, ...] | None", open_orders)),
            completed=cast("tuple[OrderSeen, ...] | None", completed),
            executions=cast("tuple[ExecutionSeen, ...] | None", executions),
            commissions=commissions,
            positions=_latest(cast("tuple[PositionSeen, ...] | None", positions)),
        )

    async def _part(self, key: Key, call: Callable[[], None]) -> tuple[object, ...] | None:
        """One part of a sweep; None unless it was answered in full and understood in full."""
        answer = await self.ask(key, call, ANSWER_SECONDS_MAX)
        return answer.items if answer is not None and answer.refusal is None and answer.whole else None


def _still_open(orders: tuple[OrderSeen, ...] | None) -> tuple[OrderSeen, ...] | None:
    """Live messages mix into the answer: the last word on each order counts, and one that ended meanwhile is not open."""
    if orders is None:
        return None
    # An early message may still lack the perm id, a manual order never has an order id.
    latest = {(order.client_id, order.order_id) if order.order_id else order.perm_id: order for order in orders}
    return tuple(order for order in latest.values() if order.status not in _GONE)


def _latest(positions: tuple[PositionSeen, ...] | None) -> tuple[PositionSeen, ...] | None:
    """Pushes mix into the answer: the last word on each symbol counts."""
    return None if positions is None else tuple({position.symbol: position for position in positions}.values())
