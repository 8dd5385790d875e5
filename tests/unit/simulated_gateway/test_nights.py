"""A night at the gateway: the clock jumps, splits and dividends happen, clients are told, and the judge of the log agrees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ib_insync.client import Client
from ib_insync.contract import Stock
from ib_insync.order import LimitOrder, MarketOrder, Order, StopOrder

from robo_trader.errors import DataError
from robo_trader.simulated_gateway.actions import COLUMNS, Split, parse
from robo_trader.simulated_gateway.dispatch import handle
from robo_trader.simulated_gateway.exchange_log import ExchangeLog
from robo_trader.simulated_gateway.hours import SessionHours, new_york
from robo_trader.simulated_gateway.market_generated import GeneratedMarket
from robo_trader.simulated_gateway.server_core import Gateway
from robo_trader.simulated_gateway.verify import Report, verify
from robo_trader.values import NS_PER_SECOND, Instant, Symbol
from tests.support.exchange_bench import CLIENT, DAY, IBM, SPY, at, exchange, exchange_on, executions, quote, ticket, told
from tests.support.gateway_bench import Bench, names

FRIDAY = date(2013, 10, 4)
SPLIT = "2013-10-07,SPY,split,2:1,"
DIVIDEND = "2013-10-07,SPY,dividend,0.875,2013-10-08"


def short_hours(day: date) -> SessionHours | None:
    return None if day.weekday() > 4 else SessionHours(new_york(day, time(9, 30)), new_york(day, time(9, 32)))


class Nightly(Bench):
    """A gateway of several two-minute days, one second after Friday's open."""

    def __init__(self, directory: Path, *actions: str, days: int = 2) -> None:
        super().__init__(directory)
        self.heard: list[tuple[str, ...]] = []
        said = parse([COLUMNS, *actions])
        splits = {(a.date, a.symbol): (a.new, a.old) for a in said if isinstance(a, Split)}
        market = GeneratedMarket((SPY, IBM), 7, FRIDAY, hours=short_hours, days=days, splits=splits)
        elder = self.gateway
        self.log = ExchangeLog(directory / "nights.jsonl", process_ns=self.process)
        world = exchange_on(market, Instant(new_york(FRIDAY, time(9, 30)) + NS_PER_SECOND))
        self.gateway = Gateway(world, self.log, manners=elder.manners, handler=handle, process_ns=self.process, actions=said)
        self.gateway.scribe.started(1, "bench")

    def until(self, at: Instant) -> None:
        while self.gateway.now < at:
            self.pass_seconds(1)

    def judged(self) -> Report:
        self.log.flush()
        with self.log.path.open() as lines:
            return verify(lines)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.lines() if line["k"] == kind]


def place(order_id: int, order: Order, tif: str = "DAY", symbol: Symbol = SPY) -> Callable[[Client], None]:
    order.tif, order.orderRef = tif, f"rt:t:1:i{order_id}"
    return lambda it: it.placeOrder(order_id, Stock(symbol, "SMART", "USD"), order)


def held_over_the_weekend(tmp_path: Path, *actions: str, days: int = 2, side: Sequence[str] = ("BUY", "SELL"), stop: float = 1.0) -> Nightly:
    """A position of 100 with a stop that never triggers."""
    nightly = Nightly(tmp_path, *actions, days=days)
    client = nightly.client()
    client.say(place(1, MarketOrder(side[0], 100)))
    nightly.pass_seconds(2)
    client.say(lambda it: it.reqPositions(), place(2, StopOrder(side[1], 100, stop), "GTC"))
    nightly.until(Instant(new_york(FRIDAY, time(9, 37))))
    client.heard()
    nightly.pass_seconds(1)
    assert nightly.gateway.now == new_york(DAY, time(9, 15))
    nightly.heard = client.heard()
    return nightly


def test_the_clock_jumps_over_the_weekend_and_a_stop_rests_meanwhile(tmp_path: Path) -> None:
    nightly = held_over_the_weekend(tmp_path)
    assert nightly.of("clock")[-1] | {"t": 0} == {"t": 0, "c": new_york(FRIDAY, time(9, 37)), "k": "clock", "to": new_york(DAY, time(9, 15))}
    (stop,) = nightly.gateway.exchange.open_orders()
    assert (stop.ticket.order_id, stop.status, stop.remaining) == (2, "PreSubmitted", 100)
    nightly.until(Instant(new_york(DAY, time(9, 31))))
    report = nightly.judged()
    assert (report.clean, report.positions) == (True, {"SPY": 100})
    assert report.symbols["SPY"].uncovered_seconds <= 2  # from the fill to the stop, and not over the weekend


def test_a_split_cancels_what_rests_and_then_changes_the_position(tmp_path: Path) -> None:
    nightly = held_over_the_weekend(tmp_path, SPLIT)
    told = names(nightly.heard)
    assert "error 202" in told
    assert told.index("orderStatus") < told.index("position")
    assert nightly.gateway.exchange.open_orders() == []
    assert nightly.gateway.exchange.account.position(SPY) == 200
    report = nightly.judged()
    assert (report.clean, report.positions, report.positions_ours) == (True, {"SPY": 200}, {"SPY": 200})
    assert report.symbols["SPY"].crossing == 0


def test_the_day_of_a_split_begins_with_what_was_held_at_the_last_close(tmp_path: Path) -> None:
    nightly = held_over_the_weekend(tmp_path, SPLIT)
    exchange, profits = nightly.gateway.exchange, nightly.gateway.books.profits
    friday = exchange.market.prints(SPY, Instant(0), new_york(DAY, time(9, 15)))[-1].price
    assert exchange.mark(SPY) == friday
    assert profits.equity_before == exchange.account.cash + 200 * friday
    assert profits.account()[0] == profits.of(SPY).daily == 0
    nightly.until(Instant(new_york(DAY, time(9, 31))))
    mark = exchange.mark(SPY)
    assert mark is not None
    assert profits.account()[0] == profits.of(SPY).daily == 200 * (mark - friday)


def test_another_symbol_s_orders_live_through_a_split(tmp_path: Path) -> None:
    nightly = held_over_the_weekend(tmp_path, "2013-10-07,IBM,split,2:1,")
    assert [report.ticket.order_id for report in nightly.gateway.exchange.open_orders()] == [2]
    assert nightly.of("split")[0]["shares"] == 0


def test_what_was_displayed_before_a_split_fills_nothing_after_it(tmp_path: Path) -> None:
    nightly = held_over_the_weekend(tmp_path, SPLIT)
    order = LimitOrder("BUY", 10, 9999.0, outsideRth=True)
    nightly.client(8).say(place(9, order))
    assert nightly.gateway.exchange.account.position(SPY) == 200
    nightly.pass_seconds(1)
    (made,) = nightly.gateway.exchange.executions()
    assert abs(made.price / nightly.gateway.exchange.market.prints(SPY, Instant(0), made.at)[-1].price - 1) < Decimal("0.03")


@pytest.mark.parametrize(("side", "stop", "paid"), [(("BUY", "SELL"), 1.0, "87.50"), (("SELL", "BUY"), 9999.0, "-87.50")], ids=["long", "short"])
def test_a_dividend_goes_to_who_held_before_its_date_on_its_pay_date(tmp_path: Path, side: tuple[str, str], stop: float, paid: str) -> None:
    nightly = held_over_the_weekend(tmp_path, DIVIDEND, days=3, side=side, stop=stop)
    account = nightly.gateway.exchange.account
    before = account.cash
    nightly.client(8).say(place(9, MarketOrder(side[0], 50)))  # bought on the ex-date: no right to it
    nightly.until(Instant(new_york(DAY, time(9, 37))))
    spent = account.cash
    nightly.pass_seconds(1)
    assert account.cash - spent == Decimal(paid)
    assert before != spent
    report = nightly.judged()
    assert (report.clean, report.income, Decimal(report.cash)) == (True, str(Decimal(paid).normalize()), account.cash)


def test_shares_held_short_over_night_cost_their_fee_and_long_ones_none(tmp_path: Path) -> None:
    nightly = held_over_the_weekend(tmp_path, "2013-10-07,SPY,borrow,0.0125,", side=("SELL", "BUY"), stop=9999.0)
    assert [(line["shares"], line["amount"]) for line in nightly.of("paid")] == [(-100, "-1.25")]
    assert nightly.judged().clean


def test_a_reverse_split_pays_for_the_fraction_and_the_judge_counts_it(tmp_path: Path) -> None:
    nightly = held_over_the_weekend(tmp_path, "2013-10-07,SPY,split,1:3@30.00,")
    account = nightly.gateway.exchange.account
    assert (account.position(SPY), nightly.of("split")[0]["paid"]) == (33, "10.00")
    report = nightly.judged()
    assert report.clean
    assert abs(Decimal(report.realised) - account.realised) < Decimal("0.000001")
    assert Decimal(report.cash) == account.cash


def test_a_night_that_was_passed_is_not_passed_again_after_a_restart(tmp_path: Path) -> None:
    nightly = held_over_the_weekend(tmp_path, SPLIT, DIVIDEND)
    gateway = nightly.gateway
    state = gateway.exchange.state()
    again = exchange_on(GeneratedMarket((SPY, IBM), 7, FRIDAY, hours=short_hours, days=2, splits={(DAY, SPY): (2, 1)}), Instant(gateway.now))
    again.restore(state)
    gateway.exchange = again
    nightly.until(Instant(new_york(DAY, time(9, 31))))
    assert again.account.position(SPY) == 200
    assert len(nightly.of("split")) == 1


def test_at_midnight_the_day_is_forgotten_its_names_stay_used_and_what_lives_lives_on() -> None:
    it, (tuesday, wednesday) = exchange(quote("09:30:30", "10.00", "10.02")), (date(2013, 10, 8), date(2013, 10, 9))
    made = executions(it.submit(ticket(1)))[0]
    it.submit(ticket(2, limit="9.00", tif="GTD", good_till=at("12:00:00", wednesday)))
    it.cancel(CLIENT, 2, CLIENT)
    it.submit(ticket(3, limit="9.00", tif="GTC"))
    it.advance(Instant(at("00:00:00", tuesday) - 1))
    assert (len(it.executions()), len(it.completed())) == (1, 2)
    it.advance(at("00:00:00", tuesday))
    assert (it.executions(), it.completed(), it.commission_of(made.exec_id)) == ([], [], None)
    matched, account = it.state()["matching"], it.state()["account"]
    assert (len(it.state()["book"]["orders"]), matched["executions"], matched["notes"], account["booked"]) == (1, [], [], [])
    assert (it.account.position(SPY), told(it.submit(ticket(2, limit="9.00")))) == (100, ["2 error 103"])
    assert told(it.cancel(CLIENT, 1, CLIENT)) == ["1 error 10147"]
    it.advance(at("13:00:00", wednesday))  # past the end that order 2 was to have
    assert [order.ticket.order_id for order in it.open_orders()] == [3]
    with pytest.raises(DataError, match="name one of today's"):
        it.correct(made.exec_id, quantity=0, price=made.price)


def test_a_state_that_was_saved_with_executions_of_earlier_days_is_of_today_once_it_is_restored() -> None:
    it, again = (exchange(quote("09:30:30", "10.00", "10.02")) for _ in range(2))
    it.submit(ticket(1))
    again.restore(it.state() | {"now": at("09:31:00", date(2013, 10, 8))})
    assert (len(it.executions()), again.executions()) == (1, [])
