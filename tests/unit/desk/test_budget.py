"""What stops and exits may take off while the broker's net is less than what the books hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from robo_trader.desk.effects import AskSweep
from robo_trader.desk.news import BrokerStatus, Connected, Disconnected, HaltSeen, PositionSeen, Signal
from robo_trader.orders.order import OrderType, Purpose, Stage
from robo_trader.risk.halt import Halt, HaltLevel, HaltScope
from robo_trader.values import NS_PER_SECOND, BookId, Instant, Side
from tests.support.desk_bench import BOOK, SPY, Bench, settings

OTHER = BookId("opening_range_breakout", SPY)
FLATTEN = HaltSeen(Halt("h1", HaltLevel.HALT_FLATTEN, HaltScope.ALL, "", "by hand", None, "me"))


def purposes(bench: Bench, since: int) -> list[tuple[str, int]]:
    orders = bench.desk.state.orders.by_intent
    return [(orders[sent.intent].intended.purpose.value, sent.quantity) for sent in bench.sent[since:]]


def test_a_difference_known_before_a_reconnect_bounds_the_first_stop_after_it() -> None:
    bench = Bench().connect()
    stop = bench.enter()
    bench.sweep(position=0)
    bench.sweep(position=0)
    bench.status(stop, BrokerStatus.CANCELLED)
    sent = len(bench.sent)
    bench.feed(Disconnected("cut"))
    bench.feed(Connected("DU1", 1))
    bench.sweep(position=0)
    assert purposes(bench, sent) == [], "one look after a reconnect is enough where a halt remembers the difference"


def test_a_first_difference_without_a_halt_takes_no_stop_away() -> None:
    bench = Bench().connect()
    stop = bench.enter()
    bench.sweep(position=0, open_orders=(bench.open_order(stop, BrokerStatus.PRE_SUBMITTED),))
    assert bench.cancelled == []


@pytest.mark.parametrize("first_fill", [30, 60])
def test_what_an_exit_traded_is_no_room_for_the_next_though_the_broker_has_not_said_so_yet(first_fill: int) -> None:
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last(OrderType.MARKET)
    bench.acknowledge(entry)
    for shares in (60, 40):
        bench.fill(entry, shares)
        bench.acknowledge(bench.last(OrderType.STOP))
    stops = [sent for sent in bench.sent if sent.order_type is OrderType.STOP]
    alive = tuple(bench.open_order(stop, BrokerStatus.PRE_SUBMITTED) for stop in stops)
    bench.sweep(position=60, open_orders=alive)
    bench.sweep(position=60, open_orders=alive)
    bench.status(stops[1], BrokerStatus.CANCELLED)
    bench.signal(0)
    exit_ = bench.last(OrderType.MARKET)
    assert exit_.quantity == 60
    bench.acknowledge(exit_)
    sent = len(bench.sent)
    bench.fill(exit_, first_fill)
    assert purposes(bench, sent) == [], "the broker holds what is left of its sixty, and the exit is still taking that"
    bench.feed(PositionSeen(SPY, 60 - first_fill))
    assert purposes(bench, sent) == []


def test_a_position_that_equals_ours_again_frees_exits_at_once() -> None:
    bench = Bench().connect()
    stop = bench.enter()
    bench.sweep(position=0, open_orders=(bench.open_order(stop, BrokerStatus.PRE_SUBMITTED),))
    bench.signal(0)
    sent = len(bench.sent)
    assert bench.last().order_type is OrderType.STOP, "an exit waits while the broker may hold nothing"
    bench.feed(PositionSeen(SPY, 100))
    assert purposes(bench, sent) == [("exit", 100)]


def two_books() -> Bench:
    made = settings()
    return Bench(replace(made, books={BOOK: made.books[BOOK], OTHER: made.books[BOOK]})).connect()


def entered(bench: Bench, book: BookId, stance: int) -> None:
    bench.market = Instant(bench.market + 60 * NS_PER_SECOND)
    bench.quote()
    bench.feed(Signal(book, stance, bench.market, Instant(bench.market + 65 * NS_PER_SECOND)))
    entry = bench.last(OrderType.MARKET)
    bench.acknowledge(entry)
    bench.fill(entry)
    bench.acknowledge(bench.last(OrderType.STOP))


def test_books_of_one_side_share_what_the_broker_still_holds() -> None:
    bench = two_books()
    entered(bench, BOOK, 1)
    entered(bench, OTHER, 1)
    bench.feed(bench.foreign(Side.SELL, 100))
    young = next(iter(bench.desk.state.book(OTHER).of(Purpose.PROTECT)))
    assert bench.cancelled == [young.intended.intent], "the younger book's stop goes, the elder's stays"
    sent = len(bench.sent)
    bench.feed(FLATTEN)
    assert purposes(bench, sent) == [("flatten", 100)]


def test_books_of_opposite_sides_keep_their_stops_and_can_leave() -> None:
    bench = two_books()
    entered(bench, BOOK, 1)
    entered(bench, OTHER, -1)
    bench.sweep(position=0, open_orders=tuple(bench.open_order(s, BrokerStatus.PRE_SUBMITTED) for s in bench.sent if s.order_type is OrderType.STOP))
    assert bench.cancelled == []
    sent = len(bench.sent)
    bench.feed(FLATTEN)
    assert purposes(bench, sent) == [("flatten", 100), ("flatten", 100)]


def test_a_flatten_is_not_kept_waiting_for_ever_by_an_exit_that_nobody_answers_under_drift() -> None:
    bench = Bench().connect()
    stop = bench.enter()
    alive = (bench.open_order(stop, BrokerStatus.PRE_SUBMITTED),)
    bench.sweep(position=100, open_orders=alive)
    bench.signal(0)
    exit_ = bench.last(OrderType.MARKET)
    bench.sweep(position=160, open_orders=alive)
    bench.sweep(position=160, open_orders=alive)
    bench.wait(31)
    assert bench.desk.state.orders.by_intent[exit_.intent].stage is Stage.UNKNOWN
    bench.feed(FLATTEN)
    sent = len(bench.sent)
    bench.wait(20)
    assert purposes(bench, sent) == []
    bench.wait(11)
    assert purposes(bench, sent) == [("flatten", 100)]
    assert bench.last().oca_group == exit_.oca_group, "one of the two at most trades the shares"
    bench.wait(120)
    assert purposes(bench, sent) == [("flatten", 100)], "a third does not join them"


def test_a_stop_of_an_earlier_life_without_a_trace_is_doubled_in_its_group_after_five_seconds() -> None:
    bench = Bench().connect()
    bench.signal(1)
    entry = bench.last(OrderType.MARKET)
    bench.acknowledge(entry)
    bench.fill(entry)
    lost = bench.last(OrderType.STOP)
    again = bench.reborn()
    again.feed(Connected("DU1", 1))
    again.sweep(position=100)
    assert again.sent == []
    again.wait(5.1)
    assert [(sent.order_type, sent.quantity, sent.oca_group) for sent in again.sent] == [(OrderType.STOP, 100, lost.oca_group)]


def test_an_exit_of_an_earlier_life_without_a_trace_does_not_stand_in_the_way_of_a_flatten_for_ever() -> None:
    bench = Bench().connect()
    stop = bench.enter()
    bench.signal(0)
    lost = bench.last(OrderType.MARKET)
    again = bench.reborn()
    again.feed(Connected("DU1", 1))
    alive = (bench.open_order(stop, BrokerStatus.PRE_SUBMITTED),)
    again.sweep(position=160, open_orders=alive)
    again.sweep(position=160, open_orders=alive)
    again.feed(FLATTEN)
    assert again.sent == []
    again.wait(31)
    assert [(sent.quantity, sent.oca_group) for sent in again.sent] == [(100, lost.oca_group)]


def test_an_execution_that_may_explain_a_difference_has_the_broker_looked_at() -> None:
    bench = Bench().connect()
    stop = bench.enter()
    alive = (bench.open_order(stop, BrokerStatus.PRE_SUBMITTED),)
    bench.sweep(position=60, open_orders=alive)
    bench.sweep(position=60, open_orders=alive)
    assert any(isinstance(effect, AskSweep) for effect in bench.fill(stop, 40))


def test_a_market_is_not_kept_waiting_for_an_order_that_nobody_can_judge_under_drift() -> None:
    bench = Bench().connect()
    bench.enter()
    bought = bench.executions[-1]
    bench.feed(replace(bought, exec_id=bought.exec_id.replace(".01", ".02"), quantity=0))
    assert bench.desk.busy
    bench.sweep(position=55)
    bench.sweep(position=55)
    assert not bench.desk.busy
